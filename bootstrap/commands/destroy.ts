import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import confirm from '@inquirer/confirm';
import type { Command } from 'commander';
import { SOURCE_FILE } from '../artifacts/source.ts';
import { BUNDLE_NOTE_FILE } from '../bundle/noted-bundle.ts';
import { IDENTITY_FILE } from '../existing/cluster-identity.ts';
import { removeSteps } from '../existing/remove-steps.ts';
import { sourceRef } from '../git-source/compare-with-source.ts';
import { UserError } from '../lib/errors.ts';
import { removeRef, removeRemote } from '../lib/git.ts';
import { removeFromKubeconfig } from '../lib/kubeconfig-file.ts';
import { runSteps, type Step } from '../lib/progress.ts';
import { vagrantFolder } from '../machines/provider.ts';
import { destroyMachines } from '../machines/vagrant.ts';
import { ROTATION_FILE } from '../rotation/password-files.ts';
import { SEALING_KEY_FILES } from '../secrets/sealing-key.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE } from '../settings/git-source.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { readRemoteUrl } from '../steps/git-step.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { providerPreflightStep } from '../steps/preflight-step.ts';
import { contextName } from '../steps/user-kubeconfig-step.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface DestroyOptions extends CommonOptions {
  readonly keepKeys?: boolean;
  readonly forget: boolean;
}

/** Everything in the data directory, but for the sealing key, which may be kept. */
const DATA_FILES = [
  IDENTITY_FILE,
  'git-access.json',
  'git-credentials',
  'kubeconfig.yaml',
  'node-token',
  ROTATION_FILE,
  'snapshots',
  SOURCE_FILE,
  BUNDLE_NOTE_FILE,
  // Of clusters that were made when all processes shared one.
  'ssh-config',
];

/**
 * `destroy`: removes the machines, or what was put into a cluster that others made, and every trace of it on this
 * machine.
 */
export function registerDestroy(program: Command): void {
  addCommonOptions(program.command('destroy').description('remove the cluster with all its data'))
    .option('--keep-keys', 'keep the sealing key, so that a new cluster opens the same sealed secrets')
    .option('--no-keep-keys', 'remove the sealing key without asking')
    .option('--forget', 'the cluster is gone: remove only what is on this machine', false)
    .action((options: DestroyOptions) =>
      runExclusiveSession('destroy', options, async ({ context, progress }) => {
        if (options.forget) requireOthersCluster(context);
        const keepKeys = options.keepKeys ?? (await askWhetherToKeepKeys());
        await runSteps(await destroySteps(context, { ...options, keepKeys }), progress);
        const kept = keepKeys ? `, the sealing key is kept in ${context.directories.data}` : '';
        process.stdout.write(`cluster ${options.forget ? 'forgotten' : 'destroyed'}${kept}\n`);
      }),
    );
}

async function askWhetherToKeepKeys(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const message = 'Keep the sealing key? Without it, nothing opens the secrets that are sealed in git.';
  return await confirm({ message, default: true });
}

/**
 * What this program has made, in a cloud or on this machine, would be left without a trace.
 *
 * @throws UserError for a cluster that it has made
 */
export function requireOthersCluster({ cluster }: Pick<Context, 'cluster'>): void {
  const { provider } = cluster.settings.machines;
  if (provider === 'kubeconfig') return;
  throw new UserError(
    `\`destroy --forget\` is for a cluster that others made; what ${cluster.name} consists of is this program's to remove, and nothing has been changed.`,
    `Leave --forget out: ./orchestrator.sh destroy --cluster ${cluster.name}. What is gone already is no hindrance.`,
  );
}

/** The steps of `destroy`. */
export async function destroySteps(
  context: Context,
  { keepKeys, forget }: { readonly keepKeys: boolean; readonly forget: boolean },
): Promise<Step[]> {
  return [...(forget ? [] : await remoteSteps(context)), ...localSteps(context, keepKeys)];
}

/** What removes all that is not on this machine. */
async function remoteSteps(context: Context): Promise<Step[]> {
  if (isVagrant(context.cluster.settings.machines)) {
    // Where no machine was ever made, there may be no Vagrant either.
    return existsSync(vagrantFolder(context)) ? machinesSteps(context) : [];
  }
  const { kubernetes } = accessCluster(context);
  const removal = removeSteps(context.cluster.name, kubernetes);
  if (context.cluster.settings.machines.provider === 'eks') {
    const { createAwsClients } = await import('../eks/aws-clients.ts');
    const { destroyEksSteps } = await import('../eks/eks-steps.ts');
    return destroyEksSteps(
      context,
      createAwsClients(eksMachines(context.cluster).region),
      kubernetes,
      removal,
    );
  }
  // A `create` that was refused has put nothing there.
  if (!existsSync(adminKubeconfigFile(context))) return [];
  return [reachControlPlaneStep(context, kubernetes), ...removal];
}

function machinesSteps(context: Context): Step[] {
  return [
    providerPreflightStep(context),
    {
      title: 'Remove the machines',
      run: async (report) => {
        await destroyMachines(context, report);
        await remove(vagrantFolder(context));
      },
    },
  ];
}

/** What is left of a cluster on this machine when its own machines are gone. */
function localSteps(context: Context, keepKeys: boolean): Step[] {
  const { directories, repository, shell, cluster, environment } = context;
  return [
    {
      title: 'Remove the context and the remote',
      run: async () => {
        await removeFromKubeconfig(environment.kubeconfig, contextName(cluster.name));
        const url = await readRemoteUrl(context);
        if (url) await removeRemote(shell, repository, GIT_REMOTE, url);
        await removeRef(shell, repository, sourceRef(cluster.name));
      },
    },
    {
      title: keepKeys ? 'Remove passwords and tokens' : 'Remove passwords, tokens and the sealing key',
      run: async () => {
        const files = keepKeys ? DATA_FILES : [...DATA_FILES, ...SEALING_KEY_FILES];
        await Promise.all(files.map((file) => remove(join(directories.data, file))));
        if (!keepKeys) await remove(directories.data);
      },
    },
  ];
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
