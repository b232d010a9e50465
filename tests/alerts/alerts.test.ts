import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAULT_ALERTS } from '../faults/alerts/fault-alerts.ts';
import { CATALOGUE } from '../faults/catalogue.ts';
import { shell } from '../support/go-tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const RULES = join(REPOSITORY, 'apps', 'prometheus', 'rules');
const TESTS = join(import.meta.dirname, 'rules');
const RUNBOOK = 'docs/runbooks/alerts.md';

interface Alert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}
interface RuleTestFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

async function readAll<T>(folder: string): Promise<{ name: string; content: T }[]> {
  const names = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort();
  const read = async (name: string) => parse(await readFile(join(folder, name), 'utf8')) as T;
  return await Promise.all(names.map(async (name) => ({ name, content: await read(name) })));
}

const ruleFiles = await readAll<RuleFile>(RULES);
const testFiles = await readAll<RuleTestFile>(TESTS);
const runbook = await readFile(join(REPOSITORY, RUNBOOK), 'utf8');
const alerts = ruleFiles.flatMap(({ content }) => content.groups).flatMap(({ rules }) => rules);
const checks = testFiles
  .flatMap(({ content }) => content.tests)
  .flatMap(({ alert_rule_test: all }) => all)
  .map(({ alertname, exp_alerts: expected }) => ({ name: alertname, fires: expected.length > 0 }));

test.each(testFiles)('the alerts of $name fire when they are to, and not before', async ({ name }) => {
  const result = await shell.attempt('promtool', ['test', 'rules', join(TESTS, name)]);
  expect(`${result.stdout}${result.stderr}`).toContain('SUCCESS');
  expect(result.exitCode).toBe(0);
});

test('the kustomization hands every file of rules to Prometheus', async () => {
  const base = parse(await readFile(join(RULES, '..', 'kustomization.yaml'), 'utf8'));
  const files = base.configMapGenerator.find(
    ({ name }: { name: string }) => name === 'prometheus-rules',
  ).files;
  expect(files).toEqual(ruleFiles.map(({ name }) => `rules/${name}`));
});

describe.each(alerts)('$alert', ({ alert, labels, annotations }) => {
  test('is seen to fire, and to be silent', () => {
    expect(checks).toContainEqual({ name: alert, fires: true });
    expect(checks).toContainEqual({ name: alert, fires: false });
  });

  test('says how bad it is, and has a chapter in the runbook', () => {
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    const [file, anchor] = annotations.runbook.split('#');
    expect(file).toBe(RUNBOOK);
    const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase());
    expect(anchors).toContain(anchor);
  });
});

test('every fault of the suite has its alert, which there is', () => {
  expect(Object.keys(FAULT_ALERTS)).toEqual(CATALOGUE.map(({ name }) => name));
  const names = alerts.map(({ alert }) => alert);
  for (const alert of Object.values(FAULT_ALERTS)) if (alert) expect(names).toContain(alert);
});

test('the table in the runbook has the same faults and alerts', () => {
  const rows = [...runbook.matchAll(/^\| `([\w-]+)` \| (?:\[(\w+)\]\(#\w+\)|none) \|/gm)];
  expect(Object.fromEntries(rows.map(([, fault, alert]) => [fault, alert]))).toEqual(FAULT_ALERTS);
});
