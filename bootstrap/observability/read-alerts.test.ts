import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../services/backends/free-port.ts';
import { spawnServer } from '../../services/backends/server-process.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { type AskPrometheus, readAlerts } from './read-alerts.ts';

const alert = (name: string, severity: string, expr: string, since = '0s') => ({
  alert: name,
  expr,
  for: since,
  labels: { severity },
  annotations: { summary: `${name} is {{ $value }}`, runbook: 'docs/runbooks/alerts.md#none' },
});

/** Starts Prometheus, of the package that brings promtool, with rules of its own. */
async function startPrometheus(rules: readonly object[]): Promise<AskPrometheus> {
  const folder = await makeTemporaryFolder('prometheus-');
  const rulesFile = join(folder, 'rules.yaml');
  const file = join(folder, 'prometheus.yaml');
  await writeFile(rulesFile, stringify({ groups: [{ name: 'all', rules }] }));
  await writeFile(file, stringify({ global: { evaluation_interval: '1s' }, rule_files: [rulesFile] }));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ];
  const server = await spawnServer('prometheus', args, { folder, output: join(folder, 'output') });
  onTestFinished(() => server.end('SIGKILL'));
  const ask: AskPrometheus = async (path) => {
    const answer = await fetch(`http://${address}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const isReady = async () => void expect((await ask('/-/ready')).status).toBe(200);
  await server.untilReady(isReady, { name: 'Prometheus', timeoutMs: 60_000 });
  return ask;
}

test('the alerts that fire are told, worst first, and those that only may are not', async () => {
  const ask = await startPrometheus([
    alert('Mended', 'info', 'vector(1)'),
    alert('Broken', 'critical', 'vector(2)'),
    alert('Perhaps', 'critical', 'vector(3)', '1h'),
    alert('Well', 'critical', 'vector(0) > 1'),
  ]);
  const { value } = await eventually({ description: 'two alerts', timeoutMs: 30_000 }, async () => {
    const alerts = await readAlerts(ask);
    return alerts.length >= 2 && alerts;
  });
  expect(value).toMatchObject([
    { name: 'Broken', severity: 'critical', summary: 'Broken is 2', runbook: 'docs/runbooks/alerts.md#none' },
    { name: 'Mended', severity: 'info', since: expect.any(Date) },
  ]);
});

test('a Prometheus that is not there is told as such, with what to do', async () => {
  const ask: AskPrometheus = () => Promise.resolve({ status: 503, body: 'no endpoints available' });
  await expect(readAlerts(ask)).rejects.toThrow("Prometheus can't be asked: it answers 503, no endpoints");
});
