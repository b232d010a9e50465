import type {
  V1Deployment,
  V1HorizontalPodAutoscaler,
  V1LimitRangeItem,
  V1PersistentVolumeClaim,
  V1PodSpec,
  V1ResourceQuotaSpec,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { buildManifests, WITH_ADDONS } from './support/built-manifests.ts';
import { buildArgoCd } from './support/installation.ts';
import { podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

const { kustomize } = await provideManifestTools();
const ofCluster = (await buildManifests(kustomize)).filter(
  ({ folder }) => folder.startsWith('clusters/local/apps') || folder === WITH_ADDONS,
);
const objects = [...ofCluster.flatMap((one) => one.objects), ...(await buildArgoCd(kustomize))];

const NAMESPACES = ['addons', 'argocd', 'git', 'movies', 'node-agents', 'observability'];
/** As many as a cluster of this kind may have. */
const NODES = 20;
/** A scheduled backup, one by hand, and the copy that `restore` makes first. */
const BACKUPS_AT_ONCE = 3;
/** Room for what is not there yet. */
const HEADROOM = 1.3;

const UNITS: Readonly<Record<string, number>> = { m: 1e-3, '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

function toNumber(quantity: string): number {
  const [, figure, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = UNITS[unit];
  if (figure === undefined || factor === undefined) throw new Error(`${quantity} is no quantity known here`);
  return Number(figure) * factor;
}

const inNamespace = (namespace: string, kind: string) =>
  objects.filter((one) => one.kind === kind && one.metadata?.namespace === namespace);

/** How many pods a workload may have at once: scaled out as far as it goes, in the middle of a rolling update. */
function countPods(object: ManagedObject): number {
  if (object.kind === 'CronJob') return BACKUPS_AT_ONCE;
  if (object.kind === 'DaemonSet') return NODES;
  const { spec } = object as V1Deployment | V1StatefulSet;
  const scaler = inNamespace(object.metadata?.namespace ?? '', 'HorizontalPodAutoscaler').find(
    (one) => (one as V1HorizontalPodAutoscaler).spec?.scaleTargetRef.name === object.metadata?.name,
  ) as V1HorizontalPodAutoscaler | undefined;
  const replicas = scaler?.spec?.maxReplicas ?? spec?.replicas ?? 1;
  return object.kind === 'Deployment' ? replicas + Math.max(1, Math.ceil(replicas / 4)) : replicas;
}

/** What the containers of a pod take together, with what the namespace gives those that don't say. */
function sum(
  spec: V1PodSpec,
  which: 'requests' | 'limits',
  resource: 'cpu' | 'memory',
  given: V1LimitRangeItem,
): number {
  const fallback = which === 'requests' ? given.defaultRequest : given._default;
  return spec.containers
    .map(({ resources }) => toNumber(resources?.[which]?.[resource] ?? fallback?.[resource] ?? '0'))
    .reduce((total, one) => total + one, 0);
}

function readLimits(namespace: string): V1LimitRangeItem {
  const items = inNamespace(namespace, 'LimitRange').flatMap(
    ({ spec }) => (spec as { limits: (V1LimitRangeItem & { default?: Record<string, string> })[] }).limits,
  );
  const item = items.find(({ type }) => type === 'Container');
  if (!item) throw new Error(`The LimitRange of ${namespace} says nothing of containers`);
  return { ...item, ...(item.default ? { _default: item.default } : {}) };
}

function countMost(namespace: string): Record<string, number> {
  const given = readLimits(namespace);
  const workloads = objects.filter((one) => one.metadata?.namespace === namespace && podsOf(one).length > 0);
  const most = { 'requests.cpu': 0, 'requests.memory': 0, 'limits.memory': 0, pods: 0 };
  for (const workload of workloads) {
    for (const { spec } of podsOf(workload)) {
      const count = countPods(workload);
      most['requests.cpu'] += count * sum(spec, 'requests', 'cpu', given);
      most['requests.memory'] += count * sum(spec, 'requests', 'memory', given);
      most['limits.memory'] += count * sum(spec, 'limits', 'memory', given);
      most.pods += count;
    }
  }
  const claims = [
    ...inNamespace(namespace, 'PersistentVolumeClaim').map((one) => ({ claim: one, count: 1 })),
    ...inNamespace(namespace, 'StatefulSet').flatMap((one) =>
      ((one as V1StatefulSet).spec?.volumeClaimTemplates ?? []).map((claim) => ({
        claim,
        count: countPods(one),
      })),
    ),
  ];
  const storage = claims.map(
    ({ claim, count }) =>
      count * toNumber((claim as V1PersistentVolumeClaim).spec?.resources?.requests?.storage ?? '0'),
  );
  return {
    ...most,
    persistentvolumeclaims: claims.reduce((total, { count }) => total + count, 0),
    'requests.storage': storage.reduce((total, one) => total + one, 0),
  };
}

describe.each(NAMESPACES)('the quota of %s', (namespace) => {
  const [quota] = inNamespace(namespace, 'ResourceQuota');
  const hard = (quota?.spec as V1ResourceQuotaSpec | undefined)?.hard ?? {};
  const most = countMost(namespace);

  test('leaves room for every autoscaler, rolling update and backup at once', () => {
    expect(most.pods).toBeGreaterThan(0);
    for (const [resource, limit] of Object.entries(hard)) {
      if (resource.startsWith('services.')) continue;
      expect
        .soft(toNumber(limit), resource)
        .toBeGreaterThanOrEqual(HEADROOM * (most[resource] ?? Number.NaN));
    }
  });

  test('is a bound: ten times as much does not fit', () => {
    expect(toNumber(hard['requests.memory'] ?? '')).toBeLessThan(10 * (most['requests.memory'] ?? 0));
  });

  test('has room for the Services that are reached from outside, and no more than one beside', () => {
    const outside = inNamespace(namespace, 'Service').filter(
      (one) => (one.spec as { type?: string }).type === 'LoadBalancer',
    ).length;
    const limit = Number(hard['services.loadbalancers']);
    expect(limit).toBeGreaterThanOrEqual(outside);
    expect(limit).toBeLessThanOrEqual(outside + 1);
  });
});

test('a container that says nothing gets what a quota asks it for', () => {
  for (const namespace of NAMESPACES) {
    const given = readLimits(namespace);
    const [quota] = inNamespace(namespace, 'ResourceQuota');
    const hard = Object.keys((quota?.spec as V1ResourceQuotaSpec | undefined)?.hard ?? {});
    expect(given.defaultRequest).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
    if (hard.includes('limits.memory')) expect(given._default).toHaveProperty('memory');
  }
});
