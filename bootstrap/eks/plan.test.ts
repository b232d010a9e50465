import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { provideManifestTools } from '../../tests/manifests/support/tools.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { listServiceImages } from '../artifacts/service-images.ts';
import type { EksMachines } from '../settings/cluster-settings.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { describeComponents } from './describe-components.ts';
import { addUpNeeds } from './needs.ts';
import { formatPlan, planCluster } from './plan.ts';
import { readPriceTable } from './price-table.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const settings = await readClusterSettings(REPOSITORY, 'eks');
const machines = settings.machines as EksMachines;
const prices = await readPriceTable();
const { kustomize } = await provideManifestTools();

async function findNeeds(
  nodes: number,
  source = settings.git.source,
  observability = settings.observability,
) {
  const git = { ...settings.git, source };
  const folder = join(REPOSITORY, 'clusters', 'eks');
  const cluster = { name: 'eks', folder, settings: { ...settings, git, observability } };
  const images = await listServiceImages(REPOSITORY, settings.images);
  return addUpNeeds(
    await describeComponents({ repository: REPOSITORY, cluster, shell }, images, kustomize),
    nodes,
  );
}

test('needs are those of the components, with their load balancers and volumes', async () => {
  const needs = await findNeeds(3);
  // Two databases of two, three brokers, a repository, the backups, logs and metrics.
  expect(needs.storage).toBe(2 * 2 + 3 + 1 + 2 + 2 + 1);
  expect(needs.loadBalancers).toBe(2);
  const elsewhere = await findNeeds(3, 'https://github.com/you/fork');
  expect(elsewhere.loadBalancers).toBe(1);
  expect(elsewhere.storage).toBe(needs.storage - 1);
  expect(elsewhere.pods).toBe(needs.pods - 1);
  // Loki and Prometheus, and on each node what collects for each of them.
  const unwatched = await findNeeds(3, settings.git.source, { logs: 0, metrics: 0 });
  expect(unwatched.pods).toBe(needs.pods - 2 - 2 * 3);
});

test('the settings that come with the repository are enough, and cost what their parts cost', async () => {
  const { items, total, problems } = planCluster(machines, await findNeeds(machines.nodes), prices);
  expect(problems).toEqual([]);
  expect(items.find(({ what }) => what.includes('control plane'))?.monthly).toBeCloseTo(73);
  expect(items.find(({ what }) => what.includes('nodes t3.large'))?.monthly).toBeCloseTo(3 * 0.096 * 730);
  expect(items.find(({ what }) => what.includes('disks'))?.monthly).toBeCloseTo(90 * 0.0952);
  expect(total).toBeCloseTo(items.reduce((sum, { monthly = Number.NaN }) => sum + monthly, 0));
});

test('the smallest instance of the subject is refused with the reason', async () => {
  const micro = { ...machines, instanceType: 't3.micro' };
  const plan = planCluster(micro, await findNeeds(micro.nodes), prices);
  expect(plan.problems.join('\n')).toMatch(/3 t3\.micro have addresses for 12 pods, and \d+ are needed/);
  expect(plan.problems.join('\n')).toMatch(/3 t3\.micro have 2457 MiB for pods/);
  expect(formatPlan('eks', micro, plan, prices)).toContain('IT WOULD NOT WORK');
});

test('what the table does not know is said, not guessed', async () => {
  const elsewhere = { ...machines, region: 'sa-east-1', zones: ['sa-east-1a', 'sa-east-1b', 'sa-east-1c'] };
  const plan = planCluster(elsewhere, await findNeeds(3), prices);
  expect(plan.total).toBeUndefined();
  expect(formatPlan('eks', elsewhere, plan, prices)).toMatch(/in all.*price not known/);
});

test('a plan names the roles, the date of the prices, and the sum', async () => {
  const text = formatPlan('eks', machines, planCluster(machines, await findNeeds(3), prices), prices);
  expect(text).toContain(
    'AmazonEKSWorkerNodePolicy, AmazonEKS_CNI_Policy, AmazonEC2ContainerRegistryReadOnly',
  );
  expect(text).toContain(`Prices of ${prices.date}`);
  expect(text).toMatch(/in all\W+\d+\.\d\d/);
});

test('what docs/cloud.md shows is the plan of the settings that come with the repository', async () => {
  const text = formatPlan('eks', machines, planCluster(machines, await findNeeds(3), prices), prices);
  const [, table = ''] = text.split('\n\n');
  const trimmed = table.split('\n').map((line) => line.trimEnd());
  const documented = await readFile(join(REPOSITORY, 'docs', 'cloud.md'), 'utf8');
  expect(documented).toContain(trimmed.join('\n'));
  expect(documented).toContain(`of prices of ${prices.date}`);
});
