import type { V1Service } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { parseManifest } from '../../bootstrap/lib/manifests.ts';
import { buildArgoCd, readArgoCdManifest } from './support/installation.ts';
import { podsOf } from './support/pods.ts';
import { secretsInArguments } from './support/secret-arguments.ts';
import { provideManifestTools } from './support/tools.ts';

const { kustomize } = await provideManifestTools();
const manifest = await readArgoCdManifest();
const installation = await buildArgoCd(kustomize);

const dataOf = (name: string) =>
  installation.find((one) => one.kind === 'ConfigMap' && one.metadata?.name === name)?.data;

test('no part of Argo CD takes a secret in its arguments, as Redis does in the manifest as it is published', () => {
  expect(secretsInArguments(parseManifest(manifest))).toEqual(['argocd-redis/redis: REDIS_PASSWORD']);
  expect(secretsInArguments(installation)).toEqual([]);
});

test('its API is served by TLS alone', () => {
  const named = (name: string) =>
    installation.find((one) => one.kind === 'Service' && one.metadata?.name === name);
  const { spec } = named('argocd-server') as V1Service;
  expect(spec?.ports?.map(({ port }) => port)).toEqual([443]);
  expect(dataOf('argocd-cmd-params-cm')).toMatchObject({ 'server.insecure': 'false' });
});

test('everybody but the administrator may only look, and nobody without a name', () => {
  expect(dataOf('argocd-rbac-cm')).toEqual({ 'policy.default': 'role:readonly', 'policy.csv': '' });
  expect(dataOf('argocd-cm')).toMatchObject({
    'users.anonymous.enabled': 'false',
    'accounts.reader': 'apiKey, login',
  });
});

test('a Service without the address of a load balancer keeps no Application from being Healthy', () => {
  const key = 'resource.customizations.health.Service';
  expect(dataOf('argocd-cm')?.[key]).toBe('hs = {}\nhs.status = "Healthy"\nreturn hs\n');
});

test('of its containers those have a token of the API server that work with it', () => {
  const withToken = installation.flatMap(podsOf).flatMap(({ name, spec }) => {
    if (spec.automountServiceAccountToken !== false) return [name];
    const volumes = (spec.volumes ?? [])
      .filter(({ projected }) => projected?.sources?.some((one) => one.serviceAccountToken))
      .map((one) => one.name);
    return [...(spec.initContainers ?? []), ...spec.containers]
      .filter(({ volumeMounts = [] }) => volumeMounts.some((mount) => volumes.includes(mount.name)))
      .map((container) => `${name}/${container.name}`);
  });
  expect(withToken.sort()).toEqual([
    'argocd-application-controller',
    // Makes up the password of Redis, once.
    'argocd-redis/secret-init',
    'argocd-server',
  ]);
});
