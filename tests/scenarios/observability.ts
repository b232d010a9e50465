import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectKubernetes } from '../../bootstrap/lib/kubernetes.ts';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';

const JSON_HEADERS = { 'Content-Type': 'application/json' };
const PROMETHEUS = { namespace: 'observability', service: 'prometheus', port: 9090 };

/** What logs and metrics may take on both nodes together: twice what they took idle (docs/decisions/0016). */
const MOST_MEBIBYTES = 768;

/** By job: what is scraped, or where. */
const TARGETS = [
  ...[
    'api-gateway',
    'inventory-app',
    'billing-app',
    'query-api',
    'rabbitmq',
    'log-collector',
    'kube-dns',
    'sealed-secrets',
  ],
  ...['inventory-database', 'billing-database'],
]
  .map((component) => `components ${component}`)
  .concat(['application-controller', 'server', 'repo-server'].map((name) => `argocd argocd-${name}`))
  .concat(['node', 'kubelet', 'resources'].flatMap((job) => [`${job} master`, `${job} agent`]))
  .concat(['apiserver apiserver', 'loki loki', 'prometheus prometheus']);

interface DrawnDashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly datasource: { readonly type: string } }[];
  }[];
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** What the dashboards of the add-on Grafana ask Prometheus for. */
async function readExpressions(clone: string): Promise<{ description: string; expression: string }[]> {
  const folder = join(clone, 'apps', 'grafana', 'dashboards');
  const texts = await Promise.all(
    (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
  );
  return texts
    .map((text): DrawnDashboard => JSON.parse(text))
    .flatMap(({ panels }) => panels)
    .flatMap(({ title, targets }) => targets.map((target) => ({ description: title, ...target })))
    .filter(({ datasource }) => datasource.type === 'prometheus')
    .map(({ description, expr }) => ({ description, expression: expr.replaceAll('$__rate_interval', '1m') }));
}

/** Logs that outlive a pod, metrics of everything, and alerts. */
export function describeObservability(cluster: ClusterUnderTest): void {
  const logs = async (...args: string[]) => await cluster.run('logs', ...args);
  const query = async (expression: string): Promise<readonly Sample[]> => {
    const client = connectKubernetes(await readFile(join(cluster.dataFolder, 'kubeconfig.yaml'), 'utf8'));
    const path = `/api/v1/query?${new URLSearchParams({ query: expression })}`;
    return JSON.parse((await client.getFromService(PROMETHEUS, path)).body).data.result;
  };
  /** Waits for a text among the lines; returns all of them, and the seconds that it took. */
  const logsWith = async (text: string, ...args: string[]) =>
    await eventually(
      { description: `a line with ${text}`, timeoutMs: 60_000, intervalMs: 1000 },
      async () => {
        const { stdout } = await logs(...args);
        return stdout.includes(text) && stdout;
      },
    );

  describe("Grafana's dashboards", () => {
    test('draw what Prometheus has', async () => {
      for (const { description, expression } of await readExpressions(cluster.clone)) {
        // What counts events has nothing before there were two.
        await eventually(
          { description, timeoutMs: 90_000, intervalMs: 5000 },
          async () => (await query(expression)).length > 0,
        );
      }
    });
  });

  describe('logs', () => {
    test('tell what one request did, across services', async () => {
      const id = `e2e-${randomUUID()}`;
      const body = JSON.stringify({ user_id: 7, number_of_items: 1, total_amount: '1.00' });
      const headers = { ...JSON_HEADERS, 'X-Request-Id': id };
      const url = `http://${cluster.masterAddress}:3000/billing`;
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
      const { value, seconds } = await logsWith('order written', '--request', id);
      expect(value).toMatch(/ api-gateway-\S+ .*"status":202/);
      expect(value).toMatch(/ billing-app-0 .*order written/);
      reportFigure('request until its lines are found across services', seconds);
    });

    test('are followed as they come, until Ctrl-C', async () => {
      const id = `follow-${randomUUID()}`;
      const following = cluster.start('logs', 'api-gateway', '--follow', '--since', '1m');
      await following.printed(/ api-gateway-/);
      const startedAtMs = performance.now();
      await fetch(`http://${cluster.masterAddress}:3000/movies`, { headers: { 'X-Request-Id': id } });
      await following.printed(new RegExp(id));
      reportFigure(
        'request until its line is shown to who follows',
        (performance.now() - startedAtMs) / 1000,
      );
      following.child.kill('SIGINT');
      expect(await following.result).toMatchObject({ exitCode: 0, stderr: '' });
    });

    test('of a pod that is gone can still be read', async () => {
      const id = `gone-${randomUUID()}`;
      await fetch(`http://${cluster.masterAddress}:3000/movies`, { headers: { 'X-Request-Id': id } });
      const before = (await logsWith(id, 'inventory-app', '--grep', id)).value;
      const pod = before.split(' ')[1] ?? '';
      await cluster.kubectl('delete', 'pod', pod, '--force', '--grace-period=0');
      await cluster.kubectl('rollout', 'status', 'deployment/inventory-app', '--timeout=120s');
      expect(await cluster.kubectl('get', 'pods', '--output=name')).not.toContain(pod);
      expect((await logs('inventory-app', '--since', '10m', '--grep', id)).stdout).toBe(before);
    });

    test('come from both nodes, and from what is not ours', async () => {
      // No two members of a database are on the same node.
      const select = '--selector=app.kubernetes.io/name=billing-database';
      const format = '--output=jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}';
      const members = (await cluster.kubectl('get', 'pods', select, format)).trim().split('\n');
      expect(new Set(members.map((line) => line.split(' ')[1])).size).toBe(2);
      const lines = (await logs('billing-database', '--since', '24h')).stdout;
      for (const member of members) expect.soft(lines).toContain(` ${member.split(' ')[0]} `);
      for (const component of ['rabbitmq', 'argocd-application-controller', 'coredns'])
        expect((await logs(component, '--since', '24h')).stdout).not.toBe('');
    });

    test('are refused of a component that there is not, with the names of those that there are', async () => {
      const { exitCode, stderr } = await logs('nobody');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/`nobody`.*api-gateway/s);
    });
  });

  describe('Prometheus', () => {
    test('scrapes everything that there is, on every node', async () => {
      const { value } = await eventually(
        { description: 'every target being up', timeoutMs: 120_000, intervalMs: 2000 },
        async () => (await query('up == 0')).length === 0 && (await query('up')),
      );
      const found = new Set(value.map(({ metric }) => `${metric.job} ${metric.component ?? metric.node}`));
      for (const target of TARGETS) expect.soft(found).toContain(target);
    });

    test('has figures for what alerts ask of it', async () => {
      for (const expression of [
        'patroni_primary == 1',
        'patroni_sync_standby == 1',
        'patroni_postgres_timeline > 0',
        'rabbitmq_erlang_uptime_seconds > 0',
        'rabbitmq_unreachable_cluster_peers_count == 0',
        'http_request_duration_seconds_count{component="api-gateway"} > 0',
        'argocd_app_info{sync_status="Synced"}',
        'node_filesystem_avail_bytes > 0',
        'node_time_seconds > 0',
        'process_start_time_seconds{job="kubelet"} > 0',
        'kubernetes_healthcheck{job="apiserver"} == 1',
      ])
        expect.soft(await query(expression), expression).not.toEqual([]);
    });

    test('knows no alert that is critical, of a cluster that is well', async () => {
      await eventually(
        { description: 'no critical alert', timeoutMs: 120_000, intervalMs: 2000 },
        async () => {
          const { stdout } = await cluster.run('alerts', '--json');
          return !stdout.includes('"critical"');
        },
      );
    });
  });

  test('all of it takes little', async () => {
    const memory =
      'sum by (namespace) (container_memory_working_set_bytes{namespace=~"observability|node-agents"})';
    const taken = (await query(memory)).map(({ metric, value }) => {
      const mebibytes = Number(value[1]) / 2 ** 20;
      reportFigure(`memory of ${metric.namespace}`, mebibytes, 'MiB');
      return mebibytes;
    });
    expect(taken).toHaveLength(2);
    expect(taken.reduce((sum, mebibytes) => sum + mebibytes)).toBeLessThan(MOST_MEBIBYTES);
  });
}
