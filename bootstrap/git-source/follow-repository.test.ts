import { expect, test } from 'vitest';
import { followRepository } from './follow-repository.ts';

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const manifest = [
  configMap('argocd-cm', { 'users.anonymous.enabled': 'false' }),
  configMap('argocd-cmd-params-cm', { other: 'kept' }),
  configMap('argocd-tls-certs-cm'),
  configMap('argocd-ssh-known-hosts-cm', { ssh_known_hosts: 'github.com ssh-ed25519 AAAA\n' }),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'argocd-cm' } },
];
const dataOf = (objects: ReturnType<typeof followRepository>) =>
  Object.fromEntries(
    objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata, data }) => [metadata?.name, data]),
  );

test('a repository elsewhere is asked by one for all, and its host is known as the cluster says', () => {
  const trust = { authority: 'CERTIFICATE', knownHosts: 'git.example.org ssh-ed25519 BBBB\n' };
  const followed = followRepository(manifest, {
    host: 'git.example.org',
    pollSeconds: 60,
    isNextDoor: false,
    trust,
  });
  expect(dataOf(followed)).toEqual({
    'argocd-cm': {
      'users.anonymous.enabled': 'false',
      'timeout.reconciliation': '40s',
      'timeout.reconciliation.jitter': '20s',
    },
    'argocd-cmd-params-cm': { other: 'kept' },
    'argocd-tls-certs-cm': { 'git.example.org': 'CERTIFICATE' },
    'argocd-ssh-known-hosts-cm': {
      ssh_known_hosts: 'github.com ssh-ed25519 AAAA\ngit.example.org ssh-ed25519 BBBB\n',
    },
  });
  expect(followed.at(-1)).toEqual(manifest.at(-1));
});

test('a host that everybody knows needs nothing, and one next door is asked by all', () => {
  const followed = followRepository(manifest, {
    host: 'github.com',
    pollSeconds: 30,
    isNextDoor: true,
    trust: {},
  });
  const data = dataOf(followed);
  expect(data['argocd-cmd-params-cm']).toEqual({
    other: 'kept',
    'reposerver.revision.cache.lock.timeout': '0s',
  });
  expect(data['argocd-tls-certs-cm']).toEqual({});
  expect(data['argocd-ssh-known-hosts-cm']).toEqual(dataOf(manifest)['argocd-ssh-known-hosts-cm']);
});
