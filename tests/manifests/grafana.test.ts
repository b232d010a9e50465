import { glob, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { shell } from '../support/go-tools.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';

const BASE = join(import.meta.dirname, '..', '..', 'apps', 'grafana');

interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly Target[];
  }[];
}

/** Probes and streams, which services/dashboard/src/metrics/request-counts.ts leaves out as well. */
const LEFT_OUT = 'route!~"/health|/ready|/api/events|/api/logs"';
/** What Grafana fills in by itself (https://grafana.com/docs/grafana/latest/dashboards/variables/). */
const BUILT_IN = { $__rate_interval: '1m' } as const;

const files = (await Array.fromAsync(glob('dashboards/*.json', { cwd: BASE }))).sort();
const dashboards = await Promise.all(
  files.map(async (file) => ({
    file,
    dashboard: JSON.parse(await readFile(join(BASE, file), 'utf8')) as Dashboard,
  })),
);
const { datasources } = parse(await readFile(join(BASE, 'provisioning', 'datasources.yaml'), 'utf8')) as {
  datasources: { uid: string; type: string }[];
};
const known = new Set(
  (await readFile(join(import.meta.dirname, 'known-metrics.txt'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/** The expression as Prometheus gets it. */
const fillIn = (expr: string) =>
  Object.entries(BUILT_IN).reduce((text, [name, value]) => text.replaceAll(name, value), expr);

/** The names of metrics in an expression: words that are no label, no function, and none of the language's own. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|on|without|group_right|group_left)\s*\([^)]*\)/g, '');
  const words = [...bare.matchAll(/[a-z_:][\w:]*\b(?!\s*\()/gi)].map(([word]) => word);
  return words.filter((word) => !/^(and|or|unless|by|on|bool|offset|s|m|h)$/.test(word));
}

describe.each(dashboards)('$file', ({ file, dashboard }) => {
  const targets = dashboard.panels.flatMap((panel) => panel.targets);

  test('is known by the name of its file, and has panels that tell themselves apart', () => {
    expect(`${dashboard.uid}.json`).toBe(basename(file));
    expect(dashboard.panels.length).toBeGreaterThan(3);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(dashboard.panels.map(({ title }) => title)).size).toBe(dashboard.panels.length);
  });

  test('asks the data sources that there are', () => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { datasource } of targets)
      expect(datasources).toContainEqual(
        expect.objectContaining({ uid: datasource.uid, type: datasource.type }),
      );
  });

  test('asks Prometheus for what it understands', async () => {
    const rules = targets
      .filter(({ datasource }) => datasource.type === 'prometheus')
      .map(({ expr }, index) => ({ record: `dashboard:${index}`, expr: fillIn(expr) }));
    const rulesFile = join(await makeTemporaryFolder('dashboards-'), 'rules.yaml');
    await writeFile(rulesFile, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const checked = await shell.attempt('promtool', ['check', 'rules', rulesFile]);
    expect(checked.stderr).toBe('');
    expect(checked.stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  test('asks for metrics that a running cluster has', () => {
    for (const { expr } of targets.filter(({ datasource }) => datasource.type === 'prometheus')) {
      const names = metricsIn(fillIn(expr));
      expect(names, expr).not.toEqual([]);
      for (const name of names) expect.soft(known, `${name} in ${expr}`).toContain(name);
    }
  });
});

test('requests are those that somebody makes', () => {
  const exprs = dashboards.flatMap(({ dashboard }) =>
    dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  );
  const counted = exprs.flatMap((expr) => expr.match(/http_request_duration_seconds\w+[^[]*/g) ?? []);
  expect(counted.length).toBeGreaterThan(0);
  for (const selector of counted) expect.soft(selector).toContain(LEFT_OUT);
});

test('every dashboard is brought to Grafana', async () => {
  const { configMapGenerator } = parse(await readFile(join(BASE, 'kustomization.yaml'), 'utf8'));
  const generated = configMapGenerator.find(({ name }: { name: string }) => name === 'grafana-dashboards');
  expect(generated.files).toEqual(files);
});
