import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import open from 'open';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { SECRET } from '../lib/resource-kinds.ts';
import { DASHBOARD_SECRET } from '../secrets/generated-secrets.ts';
import { ADDONS, type Addon } from '../settings/addons.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import {
  argoCdForward,
  argoCdUrl,
  dashboardForward,
  dashboardUrl,
  hasArgoCdPages,
} from '../status/addresses.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';
import { describeAddon } from './ui-addon.ts';

interface UiOptions extends CommonOptions {
  readonly open: boolean;
}

/** `ui`: prints where the dashboard and Argo CD are and how to log in, and opens the dashboard if asked to. */
export function registerUi(program: Command): void {
  addCommonOptions(
    program.command('ui').description("print the dashboard's and Argo CD's addresses and logins"),
  )
    .addArgument(new Argument('[addon]', 'print those of an add-on instead').choices(ADDONS))
    .option('--open', 'open the dashboard in the browser', false)
    .action((addon: Addon | undefined, options: UiOptions) =>
      runSession('ui', options, async ({ context }) => {
        const access = accessCluster(context);
        if (addon) {
          const lines = await describeAddon(context, addon, access.kubernetes);
          process.stdout.write(`${lines.join('\n')}\n`);
          return;
        }
        const kubernetes = await access.kubernetes();
        const dashboard = await dashboardLoginUrl(context, kubernetes);
        const lines = await describeLogins(context, kubernetes, dashboard);
        process.stdout.write(`${lines.join('\n')}\n`);
        if (options.open) await openInBrowser(context, dashboard);
      }),
    );
}

async function describeLogins(
  context: Context,
  kubernetes: KubernetesClient,
  dashboard: string,
): Promise<string[]> {
  const password = await readAdminPassword(kubernetes);
  const isNextDoor = isVagrant(context.cluster.settings.machines);
  const pages = (await hasArgoCdPages(context)) ? '' : '   (its API; built from packages, it has no pages)';
  return [
    `Dashboard ${dashboard}`,
    ...(isNextDoor ? [] : [`while     ${dashboardForward(context)}`]),
    `Argo CD   ${argoCdUrl(context)}${pages}`,
    ...(isNextDoor ? [] : [`while     ${argoCdForward(context)}`]),
    'user      admin',
    `password  ${password ?? 'the one that was set; the first one was deleted'}`,
  ];
}

async function dashboardLoginUrl(context: Context, kubernetes: KubernetesClient): Promise<string> {
  const { name, namespace, key } = DASHBOARD_SECRET;
  const secret = await kubernetes.read(SECRET, name, namespace);
  const encoded = secret?.data?.[key];
  if (encoded) return `${dashboardUrl(context)}/login?token=${Buffer.from(encoded, 'base64').toString()}`;
  const option = context.cluster.name === 'local' ? '' : ` --cluster ${context.cluster.name}`;
  throw new UserError(
    `The cluster has no Secret ${namespace}/${name}, which opens the dashboard.`,
    `Seal it, commit it and have it applied: ./orchestrator.sh create${option}`,
  );
}

/** By way of a file that only its owner may read: everybody can read the arguments that a browser is started with. */
async function openInBrowser(context: Context, url: string): Promise<void> {
  const file = join(context.directories.data, 'dashboard.html');
  const page = `<!doctype html><meta http-equiv="refresh" content="0; url=${url}"><a href="${url}">Dashboard</a>\n`;
  await writePrivateFile(file, page);
  await open(file);
}

/** Argo CD's first password; `undefined` once somebody has set another and deleted the Secret, as its manual says. */
async function readAdminPassword(kubernetes: KubernetesClient): Promise<string | undefined> {
  const secret = await kubernetes.read(SECRET, 'argocd-initial-admin-secret', ARGO_CD_NAMESPACE);
  const encoded = secret?.data?.password;
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}
