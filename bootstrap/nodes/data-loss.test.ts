import { describe, expect, test } from 'vitest';
import type { ClusterState } from './cluster-state.ts';
import { findDataLoss, findPatroniSync } from './data-loss.ts';
import { volumesOn } from './node-volumes.ts';

/** A StatefulSet's members: the node of each, and whether it is Ready. */
type Members = readonly (readonly [node: string, isReady: boolean])[];

/** The part of a cluster's state that a StatefulSet with a volume for each member makes, as the API server has it. */
function stateful(name: string, app: string, members: Members, namespace = 'movies'): ClusterState {
  const claimOf = (ordinal: number) => `data-${name}-${ordinal}`;
  const nodes = [...new Set(members.map(([node]) => node))];
  return {
    nodes: nodes.map((node) => ({ metadata: { name: node, labels: { 'kubernetes.io/hostname': node } } })),
    statefulSets: [
      {
        metadata: { name, namespace, uid: `set-${name}` },
        spec: {
          replicas: members.length,
          selector: {},
          serviceName: name,
          template: { metadata: { labels: { 'app.kubernetes.io/name': app } } },
          volumeClaimTemplates: [{ metadata: { name: 'data' } }],
        },
      },
    ],
    pods: members.map(([node, isReady], ordinal) => ({
      metadata: {
        name: `${name}-${ordinal}`,
        namespace,
        uid: `pod-${name}-${ordinal}`,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: `set-${name}`, controller: true },
        ],
      },
      spec: {
        nodeName: node,
        containers: [],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claimOf(ordinal) } }],
      },
      status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
    })),
    claims: members.map((_, ordinal) => ({
      metadata: { name: claimOf(ordinal), namespace, uid: `claim-${name}-${ordinal}` },
    })),
    volumes: members.map(([node], ordinal) => ({
      metadata: { name: `pvc-${name}-${ordinal}` },
      spec: {
        claimRef: { namespace, name: claimOf(ordinal), uid: `claim-${name}-${ordinal}` },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
            ],
          },
        },
      },
    })),
    endpoints: [],
  };
}

function withSync(state: ClusterState, leader: string, standbys: string): ClusterState {
  const annotations = { leader, sync_standby: standbys };
  const metadata = { name: 'inventory-database-sync', namespace: 'movies', annotations };
  return { ...state, endpoints: [{ metadata }] };
}

function lossWith(state: ClusterState, node: string): string[] {
  return findDataLoss(state, volumesOn(state, node)).map(({ reason }) => reason);
}

const pair = (isReady = true) =>
  stateful('inventory-db', 'inventory-database', [
    ['master', isReady],
    ['agent', true],
  ]);

describe('a database', () => {
  test('with one member is lost with its node, and not with another', () => {
    const single = stateful('inventory-db', 'inventory-database', [['agent', true]]);
    expect(lossWith(single, 'agent')).toEqual([
      'the only healthy copy is on this node (data-inventory-db-0)',
    ]);
    expect(lossWith(single, 'master')).toEqual([]);
  });

  test('loses nothing with its leader where the other is its synchronous standby', () => {
    const state = withSync(pair(), 'inventory-db-1', 'inventory-db-0');
    expect(lossWith(state, 'agent')).toEqual([]);
    expect(lossWith(state, 'master')).toEqual([]);
  });

  test('loses with its leader what a standby that is not synchronous may lack', () => {
    const state = withSync(pair(), 'inventory-db-1', '');
    expect(lossWith(state, 'agent')[0]).toContain('inventory-db-0 may lack the newest writes');
    expect(lossWith(state, 'master')).toEqual([]);
  });

  test('is lost with its leader where the standby is not Ready', () => {
    const state = withSync(pair(false), 'inventory-db-1', 'inventory-db-0');
    expect(lossWith(state, 'agent')[0]).toContain('only healthy copy');
  });

  test('is found in Patroni’s own words, and another one is not', () => {
    const state = withSync(pair(), 'inventory-db-1', 'inventory-db-0');
    const [set] = state.statefulSets;
    expect(set && findPatroniSync(state, set)).toEqual(['inventory-db-1', 'inventory-db-0']);
    expect(set && findPatroniSync(withSync(state, 'billing-db-0', ''), set)).toBeUndefined();
  });

  test('has a volume also while its pod is not there', () => {
    const state = withSync(pair(), 'inventory-db-1', '');
    const withoutPod = { ...state, pods: state.pods.filter((pod) => pod.spec?.nodeName === 'master') };
    expect(lossWith(withoutPod, 'agent')).toHaveLength(1);
  });
});

describe('the broker', () => {
  const brokers = (...members: Members) => stateful('rabbitmq', 'rabbitmq', members);

  test('loses nothing while a majority stays', () => {
    expect(lossWith(brokers(['master', true], ['master', true], ['agent', true]), 'agent')).toEqual([]);
  });

  test('loses its queues with a majority', () => {
    const state = brokers(['agent', true], ['agent', true], ['master', true]);
    expect(lossWith(state, 'agent')).toEqual(['1 of 3 members elsewhere are Ready, and its queues need 2']);
    // One by one they can leave.
    for (const volume of volumesOn(state, 'agent')) expect(findDataLoss(state, [volume])).toEqual([]);
  });

  test('counts members that are not Ready as lost', () => {
    const state = brokers(['agent', true], ['master', true], ['agent-2', false]);
    expect(lossWith(state, 'agent')[0]).toContain('1 of 3 members');
  });

  test('with one member is lost with it', () => {
    expect(lossWith(brokers(['agent', true]), 'agent')[0]).toContain('only copy of its queues');
  });
});

test('the git server’s volume is no loss here: git tells what clones have', () => {
  expect(lossWith(stateful('git-server', 'git-server', [['agent', true]], 'git'), 'agent')).toEqual([]);
});

test('a claim that no StatefulSet made has no other copy', () => {
  const state = { ...stateful('mine', 'mine', [['agent', true]]), statefulSets: [] };
  expect(lossWith(state, 'agent')).toEqual(['the volume of the claim data-mine-0 has no other copy']);
});

test('a volume whose claim is gone holds nothing that anybody could reach', () => {
  const state = { ...stateful('mine', 'mine', [['agent', true]]), claims: [] };
  expect(lossWith(state, 'agent')).toEqual([]);
});
