import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatRepositoryPolicy } from '../../bootstrap/git-source/repository-policy.ts';
import { buildManifests, WITH_ADDONS } from './support/built-manifests.ts';
import { buildArgoCd } from './support/installation.ts';
import { type End, type FlowPort, NetworkRules, type PolicyPod } from './support/network-policies.ts';
import { podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'network.md');
const CLUSTER = 'clusters/local';
const NAMESPACES = ['addons', 'argocd', 'git', 'movies', 'node-agents', 'observability'];

const { kustomize } = await provideManifestTools();
const ofCluster = (await buildManifests(kustomize)).filter(
  ({ folder }) => folder.startsWith(`${CLUSTER}/apps`) || folder === WITH_ADDONS,
);
const argoCd = await buildArgoCd(kustomize);
const objects = [...ofCluster.flatMap((one) => one.objects), ...argoCd];
const rules = new NetworkRules(objects);

/** Every kind of pod in our namespaces, as `namespace/app.kubernetes.io/name`. */
const pods = new Map<string, PolicyPod & { readonly ports: readonly FlowPort[] }>(
  objects.flatMap((object) =>
    podsOf(object).map(({ labels, spec }) => {
      const namespace = object.metadata?.namespace ?? '';
      const open = spec.containers.flatMap((one) => one.ports ?? []);
      const ports = open.map(({ containerPort, protocol = 'TCP' }) => ({ port: containerPort, protocol }));
      return [`${namespace}/${labels['app.kubernetes.io/name']}`, { namespace, labels, ports }] as const;
    }),
  ),
);

/** What is not ours, by the names that the table has for them. */
const OTHERS: Readonly<Record<string, End>> = {
  'name resolution': { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  'sealed-secrets': { namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'sealed-secrets' } },
  'control plane': { address: '192.168.56.10' },
  'other machines': { address: '192.168.56.11' },
  'the internet': { address: '198.51.100.1' },
  'other pods': { namespace: 'default', labels: {} },
  'other system pods': { namespace: 'kube-system', labels: { 'k8s-app': 'metrics-server' } },
};
/** Who is allowed what everybody is. */
const ANYONE = [
  'the internet',
  'other machines',
  'control plane',
  'other pods',
  'other system pods',
  'sealed-secrets',
  'name resolution',
];

/** As the table has it: `5432/TCP`, and of a range its first and last. */
const formatPort = ({ port, endPort, protocol }: FlowPort) =>
  `${port}${endPort === undefined ? '' : `-${endPort}`}/${protocol}`;

const ports = [
  ...new Map<string, FlowPort>(
    [
      ...rules.ports(),
      ...[...pods.values()].flatMap((one) => one.ports),
      { protocol: 'TCP', port: 443 },
      { protocol: 'TCP', port: 22 },
    ].map((one) => [formatPort(one), one]),
  ).values(),
];

const allowed = (from: End, to: End) => ports.filter((port) => rules.allows(from, to, port));
const formatRow = (from: string, to: string, port: FlowPort) => `${from} → ${to} ${formatPort(port)}`;

/** What the policies allow, a line for each. */
function deriveMatrix(): string[] {
  const rows: string[] = [];
  for (const [name, pod] of pods) {
    for (const [other, target] of [...pods, ...Object.entries(OTHERS)])
      for (const port of allowed(pod, target)) rows.push(formatRow(name, other, port));
    const open = ANYONE.map((other) => allowed(OTHERS[other] ?? pod, pod));
    for (const port of open[0] ?? [])
      if (open.every((one) => one.includes(port))) rows.push(formatRow('anyone', name, port));
    ANYONE.forEach((other, index) => {
      for (const port of open[index] ?? [])
        if (!open.every((one) => one.includes(port))) rows.push(formatRow(other, name, port));
    });
  }
  return rows.sort();
}

/** The names in a cell of the table. */
const expand = (cell: string) => (cell === 'every pod of ours' ? [...pods.keys()] : cell.split(', '));

/** The rows of the table in the documentation, as {@link deriveMatrix} spells them. */
async function readTable(): Promise<string[]> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n');
  const start = lines.findIndex((line) => /^\| from \| to \| port \|/.test(line));
  const rows = lines.slice(start + 2);
  const cells = rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return cells
    .flatMap(([, from = '', to = '', port = '']) =>
      expand(from).flatMap((source) =>
        expand(to).flatMap((target) => port.split(', ').map((one) => `${source} → ${target} ${one}`)),
      ),
    )
    .sort();
}

test('what may talk to what is what the documentation says', async () => {
  expect(deriveMatrix()).toEqual(await readTable());
});

test('every pod of ours is closed in both directions but for what is allowed', () => {
  expect(pods.size).toBeGreaterThan(10);
  for (const [name, pod] of pods) expect.soft(rules.isIsolated(pod), name).toBe(true);
  for (const namespace of NAMESPACES) expect(rules.isIsolated({ namespace, labels: {} })).toBe(true);
});

test('every rule names its ports by number, so that none is left open and none depends on names', () => {
  for (const { ports: named } of rules.rules()) {
    expect(named?.length).toBeGreaterThan(0);
    for (const { port } of named ?? []) expect(port).toBeTypeOf('number');
  }
});

test('the rules of the API are kept to', () => {
  const policy = (spec: object) => ({ kind: 'NetworkPolicy', metadata: { namespace: 'a' }, spec });
  const pod = (namespace: string, app: string): PolicyPod => ({ namespace, labels: { app } });
  const http = { protocol: 'TCP', port: 80 };
  const closed = policy({ podSelector: { matchLabels: { app: 'one' } }, policyTypes: ['Ingress'] });
  expect(new NetworkRules([closed]).allows(pod('a', 'two'), pod('a', 'one'), http)).toBe(false);
  expect(new NetworkRules([closed]).allows(pod('a', 'one'), pod('a', 'two'), http)).toBe(true);
  expect(new NetworkRules([closed]).allows(pod('b', 'two'), pod('b', 'one'), http)).toBe(true);
  const from = (peer: object) =>
    new NetworkRules([
      closed,
      policy({ podSelector: {}, ingress: [{ from: [peer], ports: [{ port: 80 }] }] }),
    ]);
  const range = policy({ podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 90 }] }] });
  const ranged = new NetworkRules([closed, range]);
  expect(
    [79, 80, 90, 91].map((port) => ranged.allows(pod('a', 'two'), pod('a', 'one'), { ...http, port })),
  ).toEqual([false, true, true, false]);
  const own = from({ podSelector: {} });
  expect(own.allows(pod('a', 'two'), pod('a', 'one'), http)).toBe(true);
  expect(own.allows(pod('b', 'two'), pod('a', 'one'), http)).toBe(false);
  expect(own.allows(pod('a', 'two'), pod('a', 'one'), { ...http, port: 81 })).toBe(false);
  const block = from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.42.0.0/16'] } });
  expect(block.allows({ address: '10.1.2.3' }, pod('a', 'one'), http)).toBe(true);
  expect(block.allows({ address: '10.42.0.1' }, pod('a', 'one'), http)).toBe(false);
  expect(block.allows({ address: '192.168.56.10' }, pod('a', 'one'), http)).toBe(false);
});

test('a repository elsewhere can be reached at its port, outside of the cluster, by what makes manifests', () => {
  const following = new NetworkRules([...objects, formatRepositoryPolicy(2222)]);
  const reaches = (name: string, to: End, port: number) =>
    following.allows(pods.get(`argocd/${name}`) ?? { address: '' }, to, { protocol: 'TCP', port });
  expect(reaches('argocd-repo-server', { address: '198.51.100.1' }, 2222)).toBe(true);
  expect(reaches('argocd-repo-server', { address: '198.51.100.1' }, 443)).toBe(false);
  expect(reaches('argocd-repo-server', { address: '10.42.0.7' }, 2222)).toBe(false);
  expect(reaches('argocd-repo-server', { address: '10.43.0.1' }, 2222)).toBe(false);
  expect(reaches('argocd-server', { address: '198.51.100.1' }, 2222)).toBe(false);
});
