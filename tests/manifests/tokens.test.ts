import type { V1Container } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { buildManifests } from './support/built-manifests.ts';
import { containersOf, type Pods, podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

const { kustomize } = await provideManifestTools();
const objects = (await buildManifests(kustomize)).flatMap((one) => one.objects);

/** The containers of a pod that can read a token of the API server. */
function withToken({ name, spec }: Pods): string[] {
  const projected = (spec.volumes ?? []).filter((volume) =>
    volume.projected?.sources?.some((source) => source.serviceAccountToken),
  );
  const hasToken = ({ volumeMounts = [] }: V1Container) =>
    spec.automountServiceAccountToken !== false ||
    volumeMounts.some((mount) => projected.some((volume) => volume.name === mount.name));
  return containersOf(spec)
    .filter(hasToken)
    .map((container) => `${name}/${container.name}`);
}

test('no container has a token of the API server but what keeps there who leads, and what shows what is there', () => {
  expect([...new Set(objects.flatMap(podsOf).flatMap(withToken))].sort()).toEqual([
    'billing-db/postgres',
    'dashboard/dashboard',
    'headlamp/headlamp',
    // Of an account that may nothing.
    'headlamp/pages',
    'inventory-db/postgres',
    'prometheus/prometheus',
  ]);
});

test('every pod has a service account of its own, and none of them gives a token unasked', () => {
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  for (const account of accounts)
    expect.soft(account, account.metadata?.name).toMatchObject({ automountServiceAccountToken: false });
  const names = accounts.map(({ metadata }) => metadata?.name);
  for (const { name, spec } of objects.flatMap(podsOf)) {
    expect.soft(spec.serviceAccountName, name).not.toBe('default');
    expect.soft(names, name).toContain(spec.serviceAccountName);
  }
});

test('what names no service account gets no token either, in any namespace of ours', () => {
  const defaults = objects.filter(
    ({ kind, metadata }) => kind === 'ServiceAccount' && metadata?.name === 'default',
  );
  expect([...new Set(defaults.map(({ metadata }) => metadata?.namespace))].sort()).toEqual([
    'addons',
    'argocd',
    'git',
    'movies',
    'node-agents',
    'observability',
  ]);
});
