import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { setConfig, setRemote } from '../lib/git.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Step } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { rolledOut, STATEFUL_SET } from '../lib/workloads.ts';
import { type GitAccess, pinnedPublicKey, provideGitAccess } from '../secrets/git-access.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, GIT_SERVER, gitPushUrl } from '../settings/git-source.ts';
import { GIT_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const TIMEOUT_MS = 180_000;
const REACHABLE_TIMEOUT_MS = 60_000;

/** What the steps about git take from others. */
export interface GitInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  readonly kustomize: () => Promise<string>;
}

/** Starts the cluster's own git server: Argo CD can't, because it reads from there how to. */
export function gitServerStep(context: Context, inputs: GitInputs): Step {
  return {
    title: 'Start the git server',
    run: async (report) => {
      const kubernetes = await inputs.kubernetes();
      const overlay = join(context.cluster.folder, 'apps', 'git-server');
      const objects = await buildKustomization(context.shell, await inputs.kustomize(), overlay);
      await kubernetes.apply(objects, FIELD_MANAGER);
      await kubernetes.waitUntil({
        ...rolledOut(objects, STATEFUL_SET, GIT_NAMESPACE, TIMEOUT_MS),
        onChange: (missing) => report(`waiting for ${missing}`),
      });
      return undefined;
    },
  };
}

/** Adds the remote to the clone, with all that it takes to push without being asked, and pushes. */
export function pushStep(context: Context): Step {
  const { branch } = context.cluster.settings.git;
  return {
    title: `Push to the remote ${GIT_REMOTE}`,
    run: async () => {
      await configureRemote(context, await provideGitAccess(context));
      await waitForGitServer(context);
      const push = await runGit(context, ['push', GIT_REMOTE, `HEAD:refs/heads/${branch}`]);
      if (push.exitCode === 0) return undefined;
      if (!/non-fast-forward|fetch first/.test(push.stderr)) throw new Error(push.stderr.trim());
      throw new UserError(
        `the branch ${branch} of the remote ${GIT_REMOTE} has commits that this clone lacks`,
        `git pull --rebase ${GIT_REMOTE} ${branch}, then ./orchestrator.sh create again.`,
      );
    },
  };
}

/** Waits until the remote answers: for a minute, or as long as is given. */
export async function waitForGitServer(context: Context, timeoutMs = REACHABLE_TIMEOUT_MS): Promise<void> {
  await waitFor({
    description: `the git server to answer at ${gitPushUrl(context.cluster.settings)}`,
    timeoutMs,
    remedy: `See why: kubectl --namespace ${GIT_NAMESPACE} get pods,services.`,
    probe: async () => ((await runGit(context, ['ls-remote', GIT_REMOTE])).exitCode === 0 ? true : undefined),
  });
}

/** Runs git in the clone, never asking for a password. */
export function runGit(context: Context, args: readonly string[], timeoutMs?: number) {
  const options = { env: { GIT_TERMINAL_PROMPT: '0' }, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return context.shell.attempt('git', ['-C', context.repository, ...args], options);
}

/**
 * The password is kept by git's own helper `store`, in a file that only the user can read. The server's
 * certificate is its own, so its public key is pinned instead of asking an authority.
 */
async function configureRemote(context: Context, access: GitAccess): Promise<void> {
  const { shell, repository, directories, cluster } = context;
  const url = gitPushUrl(cluster.settings);
  const origin = new URL(url).origin;
  const credentials = join(directories.data, 'git-credentials');
  const { host } = new URL(url);
  await writePrivateFile(credentials, `https://developer:${access.pushPassword}@${host}\n`);
  await setRemote(shell, repository, GIT_REMOTE, url);
  await setConfig(shell, repository, `credential.${origin}.helper`, `store --file='${credentials}'`);
  await setConfig(shell, repository, `credential.${origin}.username`, 'developer');
  await setConfig(shell, repository, `http.${origin}.sslVerify`, 'false');
  await setConfig(shell, repository, `http.${origin}.pinnedPubkey`, pinnedPublicKey(access));
  // The machines are next door: no proxy knows the way to them.
  await setConfig(shell, repository, `http.${origin}.proxy`, '');
  context.log.info(`${GIT_REMOTE} is ${url}, ${GIT_SERVER.host} inside the cluster`);
}
