import type { Command } from 'commander';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { SECRET } from '../lib/resource-kinds.ts';
import type { Context } from '../settings/context.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

/** `ui`: prints where Argo CD is and how to log in. */
export function registerUi(program: Command): void {
  addCommonOptions(program.command('ui').description("print Argo CD's address and login")).action(
    (options: CommonOptions) =>
      runSession('ui', options, async ({ context }) => {
        const password = await readAdminPassword(await accessCluster(context).kubernetes());
        const lines = [`Argo CD   ${argoCdUrl(context)}`, 'user      admin', `password  ${password}`];
        process.stdout.write(`${lines.join('\n')}\n`);
      }),
  );
}

/** Where Argo CD answers. Its certificate is its own, so browsers warn at the first visit. */
export function argoCdUrl(context: Context): string {
  return `https://${context.cluster.settings.machines.master.address}`;
}

async function readAdminPassword(kubernetes: KubernetesClient): Promise<string> {
  const secret = await kubernetes.read(SECRET, 'argocd-initial-admin-secret', ARGO_CD_NAMESPACE);
  const encoded = secret?.data?.password;
  if (encoded) return Buffer.from(encoded, 'base64').toString();
  throw new UserError(
    "Argo CD's first password is gone: somebody has changed it and deleted argocd-initial-admin-secret.",
    'Log in with the password that was set.',
  );
}
