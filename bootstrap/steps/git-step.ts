import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { setConfig, setRemote } from '../lib/git.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Report, Step } from '../lib/progress.ts';
import { findHost, GIT_SERVICE, hasHost } from '../lib/service-host.ts';
import { waitFor } from '../lib/wait.ts';
import { rolledOut, STATEFUL_SET } from '../lib/workloads.ts';
import { type GitAccess, pinnedPublicKey, provideGitAccess } from '../secrets/git-access.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, GIT_SERVER, gitPushUrl } from '../settings/git-source.ts';
import { GIT_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const TIMEOUT_MS = 180_000;
const REACHABLE_TIMEOUT_MS = 60_000;
const ADDRESS_TIMEOUT_MS = 180_000;
/** The name of a load balancer that was just made takes minutes to be known everywhere. */
const NAMED_TIMEOUT_MS = 600_000;

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
export function pushStep(context: Context, kubernetes: () => Promise<KubernetesClient>): Step {
  const { branch } = context.cluster.settings.git;
  return {
    title: `Push to the remote ${GIT_REMOTE}`,
    run: async (report) => {
      const host = await findGitHost(context, await kubernetes(), report);
      await configureRemote(context, await provideGitAccess(context), gitPushUrl(host));
      await waitForGitServer(
        context,
        isVagrant(context.cluster.settings.machines) ? undefined : NAMED_TIMEOUT_MS,
      );
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

/** Where the git server is reached from here: at the master, or, on machines that are not ours, at its load balancer. */
async function findGitHost(context: Context, client: KubernetesClient, report: Report): Promise<string> {
  const { machines } = context.cluster.settings;
  if (isVagrant(machines)) return machines.master.address;
  const remedy =
    'The cluster has nothing that gives load balancers, or no port is free. Install something that does, such as MetalLB, or follow a repository elsewhere: git.source in cluster.yaml.';
  await client.waitUntil({ ...hasHost(GIT_SERVICE, ADDRESS_TIMEOUT_MS, remedy), onChange: report });
  return (await findHost(client, GIT_SERVICE)) ?? '';
}

/** Waits until the remote answers: for a minute, or as long as is given. */
export async function waitForGitServer(context: Context, timeoutMs = REACHABLE_TIMEOUT_MS): Promise<void> {
  await waitFor({
    description: `the git server to answer, which is the remote ${GIT_REMOTE}`,
    timeoutMs,
    remedy: `See why: kubectl --namespace ${GIT_NAMESPACE} get pods,services.`,
    probe: async () => ((await runGit(context, ['ls-remote', GIT_REMOTE])).exitCode === 0 ? true : undefined),
  });
}

/** Where git's own helper keeps the password for the remote. */
export function gitCredentialsFile({ directories }: Pick<Context, 'directories'>): string {
  return join(directories.data, 'git-credentials');
}

/** The URL that `create` gave the remote; `undefined` where it never got so far. */
export async function readRemoteUrl(context: Pick<Context, 'directories'>): Promise<string | undefined> {
  const text = await readFile(gitCredentialsFile(context), 'utf8').catch(() => '');
  // Once a password was right, git-credential-store(1) writes it anew, and the colon before a port encoded.
  const url = text.trim().replace(/%3a(?=\d+$)/i, ':');
  return URL.canParse(url) ? gitPushUrl(new URL(url).hostname) : undefined;
}

/** Runs git in the clone, never asking for a password. */
export function runGit(context: Context, args: readonly string[], timeoutMs?: number) {
  const options = { env: { GIT_TERMINAL_PROMPT: '0' }, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return context.shell.attempt('git', ['-C', context.repository, ...args], options);
}

/**
 * Adds the remote to the clone of a context. The password is kept by git's own helper `store`, in a file that only the user can read. The server's
 * certificate is its own, so its public key is pinned instead of asking an authority.
 */
export async function configureRemote(context: Context, access: GitAccess, url: string): Promise<void> {
  const { shell, repository, cluster } = context;
  const origin = new URL(url).origin;
  const credentials = gitCredentialsFile(context);
  const { host } = new URL(url);
  await writePrivateFile(credentials, `https://developer:${access.pushPassword}@${host}\n`);
  await setRemote(shell, repository, GIT_REMOTE, url);
  await setConfig(shell, repository, `credential.${origin}.helper`, `store --file='${credentials}'`);
  await setConfig(shell, repository, `credential.${origin}.username`, 'developer');
  await setConfig(shell, repository, `http.${origin}.sslVerify`, 'false');
  await setConfig(shell, repository, `http.${origin}.pinnedPubkey`, pinnedPublicKey(access));
  // Vagrant's machines are next door: no proxy knows the way to them.
  if (isVagrant(cluster.settings.machines)) await setConfig(shell, repository, `http.${origin}.proxy`, '');
  context.log.info(`${GIT_REMOTE} is ${url}, ${GIT_SERVER.host} inside the cluster`);
}
