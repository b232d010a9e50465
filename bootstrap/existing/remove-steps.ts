import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { OWNER_LABEL, ownerSelector } from '../lib/owned-objects.ts';
import type { Report, Step } from '../lib/progress.ts';
import { CUSTOM_RESOURCE_DEFINITION, NAMESPACE } from '../lib/resource-kinds.ts';
import { waitFor } from '../lib/wait.ts';
import { VOLUME } from '../nodes/cluster-state.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION, ROOT } from '../steps/applications-step.ts';

const TIMEOUT_MS = 600_000;
const INTERVAL_MS = 1000;

interface VolumeSpec {
  readonly claimRef?: { readonly namespace?: string };
  readonly persistentVolumeReclaimPolicy?: string;
}

/**
 * Removes everything that `create` and Argo CD have put into a cluster that others made, by the label that all of it
 * has, and nothing else. In an order in which nothing comes back and nothing is left without the controller that has
 * to clean up after it.
 */
export function removeSteps(clusterName: string, kubernetes: () => Promise<KubernetesClient>): Step[] {
  const find = async (client: KubernetesClient) => await client.listLabelled(ownerSelector(clusterName));
  return [
    {
      title: 'Stop deploying',
      run: async () => removeApplications(await kubernetes(), clusterName),
    },
    {
      title: 'Remove the namespaces, with their volumes and load balancers',
      run: async (report) => {
        const client = await kubernetes();
        const namespaces = (await find(client)).filter(({ kind }) => kind === NAMESPACE.kind);
        return await removeNamespaces(client, namespaces.map(nameOf), report);
      },
    },
    {
      title: 'Remove what belongs to no namespace',
      run: async (report) => removeRest(await kubernetes(), find, report),
    },
  ];
}

/**
 * The root first, which would make the others again; without their finalizers, which would wait for Argo CD. They have
 * no label, since Argo CD makes them: they are ours where their namespace is. After a `create` that was refused, an Argo
 * CD that is there is somebody else's.
 */
async function removeApplications(
  client: KubernetesClient,
  clusterName: string,
): Promise<string | undefined> {
  const namespace = await client.read(NAMESPACE, ARGO_CD_NAMESPACE);
  if (namespace?.metadata?.labels?.[OWNER_LABEL] !== clusterName) return 'no Argo CD';
  const [group] = APPLICATION.apiVersion.split('/');
  if (!(await client.read(CUSTOM_RESOURCE_DEFINITION, `${APPLICATION.plural}.${group}`))) return 'no Argo CD';
  const names = (await client.list(APPLICATION, ARGO_CD_NAMESPACE)).map(nameOf);
  for (const name of [...names.filter((one) => one === ROOT), ...names.filter((one) => one !== ROOT)]) {
    await client.merge(APPLICATION, name, ARGO_CD_NAMESPACE, { metadata: { finalizers: null } });
    await client.remove(APPLICATION, name, ARGO_CD_NAMESPACE);
  }
  return undefined;
}

/** A Service goes only after its load balancer, and a volume after its claim: both are waited for. */
async function removeNamespaces(
  client: KubernetesClient,
  names: readonly string[],
  report: Report,
): Promise<string | undefined> {
  const isOurs = (volume: ManagedObject) => names.includes(specOf(volume).claimRef?.namespace ?? '');
  const volumes = (await client.list(VOLUME)).filter(isOurs);
  const isKept = (volume: ManagedObject) => specOf(volume).persistentVolumeReclaimPolicy === 'Retain';
  const kept = volumes.filter(isKept).map(nameOf);
  const doomed = volumes.filter((one) => !isKept(one)).map(nameOf);
  for (const name of names) await client.remove(NAMESPACE, name);
  await waitUntilGone('the namespaces and their volumes', report, async () => [
    ...(await client.list(NAMESPACE)).map(nameOf).filter((name) => names.includes(name)),
    ...(await client.list(VOLUME)).map(nameOf).filter((name) => doomed.includes(name)),
  ]);
  if (kept.length > 0) return `kept, as their storage class says (Retain): ${kept.join(', ')}`;
  return names.length === 0 ? 'there are none' : undefined;
}

/** Definitions last: with them go all objects of their kinds. */
async function removeRest(
  client: KubernetesClient,
  find: (client: KubernetesClient) => Promise<readonly ManagedObject[]>,
  report: Report,
): Promise<void> {
  const all = await find(client);
  const isDefinition = ({ kind }: ManagedObject) => kind === CUSTOM_RESOURCE_DEFINITION.kind;
  for (const one of [...all.filter((object) => !isDefinition(object)), ...all.filter(isDefinition)]) {
    const { apiVersion = '', kind = '', metadata } = one;
    await client.remove({ apiVersion, kind, plural: '' }, nameOf(one), metadata?.namespace);
  }
  const describe = (one: ManagedObject) => `${one.kind}/${nameOf(one)}`;
  await waitUntilGone('all that has the label', report, async () => (await find(client)).map(describe));
}

async function waitUntilGone(
  what: string,
  report: Report,
  list: () => Promise<readonly string[]>,
): Promise<void> {
  let left: readonly string[] = [];
  await waitFor({
    description: `${what} to be gone`,
    timeoutMs: TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: 'See what holds them: kubectl describe namespaces. Then run the command again: it goes on.',
    probe: async () => {
      left = await list();
      if (left.length > 0) report(`waiting for ${left.join(', ')}`);
      return left.length === 0 ? true : undefined;
    },
  }).catch((error: unknown) => {
    if (!(error instanceof UserError) || left.length === 0) throw error;
    throw new UserError(`${error.message} Left: ${left.join(', ')}.`, error.remedy);
  });
}

function nameOf({ metadata }: ManagedObject): string {
  return metadata?.name ?? '';
}

function specOf(volume: ManagedObject): VolumeSpec {
  return (volume.spec ?? {}) as VolumeSpec;
}
