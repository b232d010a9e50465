import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { SECRET } from '../lib/resource-kinds.ts';
import { GRAFANA_SECRET } from '../secrets/generated-secrets.ts';
import type { Addon } from '../settings/addons.ts';
import type { Context } from '../settings/context.ts';
import { ADDONS_NAMESPACE } from '../settings/namespaces.ts';
import { addonForward, addonUrl } from '../status/addresses.ts';

/** Whom a token for Headlamp stands for, and how long it is good for. */
const VIEWER = { namespace: ADDONS_NAMESPACE, name: 'headlamp-viewer' };
const TOKEN_SECONDS = 8 * 3600;

/**
 * Where an add-on is, by which command it is reached, and how to log in, a line each.
 *
 * @throws UserError when the cluster doesn't have the add-on, or not yet
 */
export async function describeAddon(
  context: Context,
  addon: Addon,
  kubernetes: () => Promise<KubernetesClient>,
): Promise<string[]> {
  const { cluster } = context;
  if (!cluster.settings.addons[addon])
    throw new UserError(
      `The cluster ${cluster.name} has no ${addon}.`,
      `Set addons.${addon} to true in clusters/${cluster.name}/cluster.yaml and run: ./orchestrator.sh create`,
    );
  const client = await kubernetes();
  const login =
    addon === 'grafana'
      ? ['user      admin', `password  ${await readGrafanaPassword(client)}`]
      : [`token     ${await client.createToken(VIEWER, TOKEN_SECONDS)}`];
  return [`at        ${addonUrl(addon)}`, `while     ${addonForward(context, addon)}`, ...login];
}

async function readGrafanaPassword(client: KubernetesClient): Promise<string> {
  const { name, namespace, key } = GRAFANA_SECRET;
  const encoded = (await client.read(SECRET, name, namespace))?.data?.[key];
  if (encoded) return Buffer.from(encoded, 'base64').toString();
  throw new UserError(
    `The cluster has no Secret ${namespace}/${name} yet, which opens Grafana.`,
    'Seal it, commit it and have it applied: ./orchestrator.sh create',
  );
}
