import { expect, test } from 'vitest';
import { buildManifests } from './support/built-manifests.ts';
import { podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

const { kustomize } = await provideManifestTools();
const objects = (await buildManifests(kustomize)).flatMap((one) => one.objects);

test('no pod has a token of the API server but what keeps there who leads, and what shows what is there', () => {
  const withToken = objects
    .flatMap(podsOf)
    .filter(({ spec }) => spec.automountServiceAccountToken !== false)
    .map(({ name }) => name);
  expect([...new Set(withToken)].sort()).toEqual([
    'billing-db',
    'dashboard',
    'headlamp',
    'inventory-db',
    'prometheus',
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
