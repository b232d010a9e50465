import { readFile } from 'node:fs/promises';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { selectContext } from './select-context.ts';

/** Which kubeconfig was given on the command line, and which context of it. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * The kubeconfig of a cluster that others made: the one that was given, else the one that an earlier `create` kept.
 *
 * @returns its text; `undefined` where there is none, and for machines that Vagrant makes
 * @throws UserError where one was given that is not right, or that the settings have no use for
 */
export async function findKubeconfig(
  context: Context,
  { kubeconfig, context: contextName }: KubeconfigOptions,
): Promise<string | undefined> {
  const { name, settings } = context.cluster;
  const isGiven = kubeconfig !== undefined || contextName !== undefined;
  if (settings.machines.provider !== 'kubeconfig') {
    if (!isGiven) return undefined;
    throw new UserError(
      `clusters/${name}/cluster.yaml describes machines that are made here (machines.provider is ${settings.machines.provider}): it has no use for a kubeconfig.`,
      `Leave --cluster out, or copy clusters/existing/cluster.yaml to a folder of its own and name that.`,
    );
  }
  if (kubeconfig !== undefined) return await selectContext(kubeconfig, contextName);
  if (contextName !== undefined) {
    throw new UserError('--context is for --kubeconfig.', 'Give both: --kubeconfig FILE --context NAME.');
  }
  return await readFile(adminKubeconfigFile(context), 'utf8').catch(() => undefined);
}
