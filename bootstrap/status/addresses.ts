import { readFile } from 'node:fs/promises';
import { readSource } from '../artifacts/source.ts';
import { serverOf } from '../existing/select-context.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { type ExternalService, findHost, GATEWAY_SERVICE, GIT_SERVICE } from '../lib/service-host.ts';
import type { Addon } from '../settings/addons.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { gitPushUrl, hasOwnGitServer, webhookUrl } from '../settings/git-source.ts';
import { ADDONS_NAMESPACE, ARGO_CD_NAMESPACE, COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { contextName } from '../steps/user-kubeconfig-step.ts';

const API_PORT = 6443;
const GATEWAY_PORT = 3000;
const DASHBOARD_PORT = 4000;
/** The ports of add-ons, in the cluster and, while kubectl forwards them, on this machine. */
const ADDON_PORTS: Readonly<Record<Addon, number>> = { headlamp: 4466, grafana: 3000 };
/** The port on this machine at which Argo CD answers while kubectl forwards it. */
const FORWARDED_PORT = 8443;

/** Where the parts of a cluster answer, as URLs, or as how to reach them; by what they are. */
export async function readAddresses(
  context: Context,
  kubernetes: () => Promise<KubernetesClient>,
): Promise<Record<string, string>> {
  const { settings } = context.cluster;
  const known = listKnownAddresses(context);
  if (known) return known;
  const client = await kubernetes();
  const urlOf = async (service: ExternalService, format: (host: string) => string) => {
    const host = await findHost(client, service);
    return host ? format(host) : describeMissing(service);
  };
  return {
    'api-gateway': await urlOf(GATEWAY_SERVICE, (host) => `http://${host}:${GATEWAY_PORT}`),
    dashboard: `${dashboardUrl(context)} while this runs: ${dashboardForward(context)}`,
    'Argo CD': `${argoCdUrl(context)} while this runs: ${argoCdForward(context)}`,
    git: hasOwnGitServer(settings) ? await urlOf(GIT_SERVICE, gitPushUrl) : settings.git.source,
    'API server': serverOf(await readFile(adminKubeconfigFile(context), 'utf8')),
  };
}

/** The addresses that are known without asking the cluster, as Vagrant's machines have them. */
export function listKnownAddresses(context: Context): Record<string, string> | undefined {
  const { settings } = context.cluster;
  if (!isVagrant(settings.machines)) return undefined;
  const { address } = settings.machines.master;
  return {
    'api-gateway': `http://${address}:${GATEWAY_PORT}`,
    dashboard: dashboardUrl(context),
    'Argo CD': argoCdUrl(context),
    git: hasOwnGitServer(settings) ? gitPushUrl(address) : settings.git.source,
    'git webhook': webhookUrl(address),
    'API server': `https://${address}:${API_PORT}`,
  };
}

/** Where Argo CD answers. Its certificate is its own, so browsers warn at the first visit. */
export function argoCdUrl({ cluster }: Pick<Context, 'cluster'>): string {
  const { machines } = cluster.settings;
  return isVagrant(machines) ? `https://${machines.master.address}` : `https://localhost:${FORWARDED_PORT}`;
}

/** Tells whether Argo CD has web pages: one that was built from packages has its API alone (decision 0003). */
export async function hasArgoCdPages(context: Pick<Context, 'directories'>): Promise<boolean> {
  return (await readSource(context)) !== 'packages';
}

/** The command that brings Argo CD of a cluster which others made to this machine; it is not open to the world there. */
export function argoCdForward(context: Pick<Context, 'cluster'>): string {
  return formatForward(context, ARGO_CD_NAMESPACE, 'argocd-server', `${FORWARDED_PORT}:443`);
}

/** Where the dashboard answers, to those who have logged in. */
export function dashboardUrl({ cluster }: Pick<Context, 'cluster'>): string {
  const { machines } = cluster.settings;
  return `http://${isVagrant(machines) ? machines.master.address : 'localhost'}:${DASHBOARD_PORT}`;
}

/** The command that brings the dashboard of a cluster which others made to this machine. */
export function dashboardForward(context: Pick<Context, 'cluster'>): string {
  return formatForward(context, COMPONENTS_NAMESPACE, 'dashboard', `${DASHBOARD_PORT}`);
}

/** Where an add-on answers while {@link addonForward} runs. */
export function addonUrl(addon: Addon): string {
  return `http://localhost:${ADDON_PORTS[addon]}`;
}

/** The command that brings an add-on to this machine. */
export function addonForward(context: Pick<Context, 'cluster'>, addon: Addon): string {
  return formatForward(context, ADDONS_NAMESPACE, addon, `${ADDON_PORTS[addon]}`);
}

function formatForward(
  { cluster }: Pick<Context, 'cluster'>,
  namespace: string,
  service: string,
  ports: string,
): string {
  return `kubectl --context ${contextName(cluster.name)} --namespace ${namespace} port-forward service/${service} ${ports}`;
}

function describeMissing({ namespace, name }: ExternalService): string {
  return `no address yet: kubectl --namespace ${namespace} describe service ${name}`;
}
