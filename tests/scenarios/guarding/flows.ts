import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../../support/cluster-under-test.ts';
import { eventually } from '../../support/eventually.ts';

/** Refused, or without an answer: which of them depends on who enforces the policies. */
const CONNECT = `
  const end = (text) => { console.log(text); process.exit(); };
  const [, host, port] = process.argv;
  require('node:net').connect({ host, port: Number(port), timeout: 4000 })
    .on('connect', () => end('open')).on('timeout', () => end('closed'))
    .on('error', ({ code }) => end(['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT'].includes(code) ? 'closed' : code));
`;
const SLEEP = 'setTimeout(() => {}, 3_600_000)';
const STRANGER = 'stranger';

/** Who may talk to whom, by trying from inside. docs/network.md has it all. */
export function describeFlows(cluster: ClusterUnderTest): void {
  const connect = async (namespace: string, pod: string, host: string, port: number) => {
    const args = ['-n', namespace, 'exec', pod, '--', 'node', '-e', CONNECT, host, String(port)];
    return (await cluster.kubectl(...args)).trim();
  };
  const untilOpen = async (namespace: string, pod: string, host: string, port: number) =>
    await eventually(
      { description: `${pod} to reach ${host}:${port}`, timeoutMs: 30_000 },
      async () => (await connect(namespace, pod, host, port)) === 'open',
    );

  describe('lets its components', () => {
    test.each([
      ['deploy/api-gateway', 'inventory-app', 8080],
      ['deploy/api-gateway', 'query-api', 8080],
      ['deploy/api-gateway', 'billing-app', 8080],
      ['deploy/api-gateway', 'rabbitmq', 5672],
      ['deploy/inventory-app', 'inventory-database', 5432],
      ['deploy/query-api', 'inventory-database-read-only', 5432],
      ['deploy/query-api', 'billing-database-read-only', 5432],
      ['billing-app-0', 'billing-database', 5432],
      ['billing-app-0', 'rabbitmq', 5672],
      ['deploy/dashboard', 'kubernetes.default', 443],
      ['deploy/dashboard', 'rabbitmq-nodes', 15_692],
      ['deploy/dashboard', 'billing-db-0.billing-db', 8008],
      ['deploy/dashboard', 'loki.observability', 3100],
    ])('%s reach %s:%i', async (pod, host, port) => {
      await untilOpen('movies', pod, host, port);
    });

    test.each([
      ['deploy/api-gateway', 'inventory-database', 5432],
      ['deploy/api-gateway', 'billing-database', 5432],
      ['deploy/api-gateway', 'argocd-server.argocd', 443],
      ['deploy/api-gateway', 'git-server.git', 8443],
      ['deploy/inventory-app', 'billing-database', 5432],
      ['deploy/inventory-app', 'rabbitmq', 5672],
      ['deploy/query-api', 'rabbitmq', 5672],
      ['billing-app-0', 'inventory-database', 5432],
      ['billing-app-0', 'kubernetes.default', 443],
      ['deploy/dashboard', 'inventory-database', 5432],
      ['deploy/dashboard', 'rabbitmq', 5672],
      ['deploy/dashboard', 'git-server.git', 8443],
      ['deploy/dashboard', 'prometheus.observability', 9090],
      ['deploy/api-gateway', 'loki.observability', 3100],
    ])('%s not reach %s:%i', async (pod, host, port) => {
      expect(await connect('movies', pod, host, port)).toBe('closed');
    });

    test('not reach the machines, neither the API server nor a kubelet', async () => {
      for (const address of [cluster.masterAddress, cluster.agentAddress])
        expect(await connect('movies', 'deploy/api-gateway', address, 10_250)).toBe('closed');
      expect(await connect('movies', 'deploy/api-gateway', cluster.masterAddress, 6443)).toBe('closed');
    });
  });

  describe('lets a pod of another namespace', () => {
    beforeAll(async () => {
      const path = 'jsonpath={.spec.template.spec.containers[0].image}';
      const image = await cluster.kubectl('-n', 'movies', 'get', 'deployment', 'api-gateway', '-o', path);
      const what = ['run', STRANGER, `--image=${image}`, '--restart=Never', '--command', '--'];
      await cluster.kubectl('-n', 'default', ...what, 'node', '-e', SLEEP);
      await cluster.kubectl(
        '-n',
        'default',
        'wait',
        `pod/${STRANGER}`,
        '--for=condition=Ready',
        '--timeout=120s',
      );
    });
    afterAll(async () => {
      await cluster.kubectl('-n', 'default', 'delete', 'pod', STRANGER, '--ignore-not-found', '--now');
    });

    test('reach what is for everybody', async () => {
      await untilOpen('default', STRANGER, 'api-gateway.movies', 3000);
      await untilOpen('default', STRANGER, 'dashboard.movies', 4000);
      await untilOpen('default', STRANGER, 'git-server.git', 8443);
      await untilOpen('default', STRANGER, 'argocd-server.argocd', 443);
    });

    test.concurrent.each([
      ['inventory-app.movies', 8080],
      ['query-api.movies', 8080],
      ['rabbitmq.movies', 5672],
      ['rabbitmq-nodes.movies', 4369],
      ['inventory-database.movies', 5432],
      ['billing-db-0.billing-db.movies', 8008],
      ['argocd-redis.argocd', 6379],
      ['loki.observability', 3100],
      ['prometheus.observability', 9090],
      ['argocd-repo-server.argocd', 8081],
    ])('not reach %s:%i', async (host, port) => {
      expect(await connect('default', STRANGER, host, port)).toBe('closed');
    });
  });
}
