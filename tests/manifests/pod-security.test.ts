import { expect, test } from 'vitest';
import { buildManifests } from './support/built-manifests.ts';
import { buildArgoCd, buildSealedSecrets } from './support/installation.ts';
import { podsOf } from './support/pods.ts';
import { provideManifestTools, providePodSecurity } from './support/tools.ts';

const { kustomize } = await provideManifestTools();
// Compiled before the tests: cold, it takes longer than one may.
const findRefusals = await providePodSecurity();
const ours = (await buildManifests(kustomize)).flatMap(({ objects }) => objects);
const installed = [...(await buildArgoCd(kustomize)), ...(await buildSealedSecrets(kustomize))];
const pods = [...ours, ...installed].flatMap((one) =>
  podsOf(one).map((pod) => ({ ...pod, namespace: one.metadata?.namespace ?? '' })),
);
/** Its pods read files of their node, which no stricter standard than "privileged" allows. */
const PRIVILEGED = 'node-agents';

test('every namespace of ours enforces the Pod Security Standard "restricted"', () => {
  const namespaces = ours.filter(({ kind }) => kind === 'Namespace');
  expect([...new Set(namespaces.map(({ metadata }) => metadata?.name))].sort()).toEqual([
    'addons',
    'argocd',
    'git',
    'movies',
    PRIVILEGED,
    'observability',
  ]);
  for (const { metadata } of namespaces) {
    const level = metadata?.name === PRIVILEGED ? 'privileged' : 'restricted';
    expect(metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': level });
  }
  const used = [...ours, ...installed]
    .filter((one) => podsOf(one).length > 0)
    .map(({ metadata }) => metadata?.namespace);
  // Shared with K3s, whose own pods may do more; that controller keeps to the standard all the same.
  expect([...new Set(used)].sort()).toEqual([
    'addons',
    'argocd',
    'git',
    'kube-system',
    'movies',
    PRIVILEGED,
    'observability',
  ]);
});

test('the API server would refuse none of our pods, nor of those that Argo CD and sealed-secrets consist of', async () => {
  const refusals = await findRefusals(pods.map(({ labels, spec }) => ({ metadata: { labels }, spec })));
  expect(refusals).toHaveLength(pods.length);
  const refused = pods.flatMap(({ name, namespace }, index) =>
    refusals[index] ? [{ name, namespace, why: refusals[index] }] : [],
  );
  expect(refused.filter(({ namespace }) => namespace !== PRIVILEGED)).toEqual([]);
  // Of the others, because of that alone.
  expect(new Set(refused.map(({ name }) => name))).toEqual(new Set(['log-collector', 'node-exporter']));
  for (const { why } of refused)
    expect(why).toMatch(/^restricted volume types \(volume "\w+" uses restricted volume type "hostPath"\)$/);
});

test('it would refuse one that says nothing, and one that takes the node', async () => {
  const containers = [{ name: 'one', image: 'one' }];
  const [silent, greedy] = await findRefusals([
    { spec: { containers } },
    { spec: { containers, hostNetwork: true, volumes: [{ name: 'root', hostPath: { path: '/' } }] } },
  ]);
  expect(silent).toContain('runAsNonRoot != true');
  expect(greedy).toContain('hostNetwork=true');
});
