import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION, ROOT, statusOf } from '../steps/applications-step.ts';
import { runGit, waitForGitServer } from '../steps/git-step.ts';

/** Commits by the refs of the git server that name them, such as `refs/heads/main`. */
export type GitRefs = ReadonlyMap<string, string>;

const ASK_TIMEOUT_MS = 15_000;
/** Its pod may have to begin anew elsewhere. */
const REACHABLE_TIMEOUT_MS = 240_000;

/**
 * All that the cluster's own git server has, to be pushed again when its volume is gone: what it says itself,
 * else what this clone last saw of it and what Argo CD has deployed.
 *
 * @throws UserError when this clone lacks a commit of it
 */
export async function rememberGit(context: Context, client: KubernetesClient): Promise<GitRefs> {
  if (!hasOwnGitServer(context.cluster.settings)) return new Map();
  const asked = await askGitServer(context);
  const refs = asked.size > 0 ? asked : await findLastSeen(context, client);
  const lacking: string[] = [];
  for (const [ref, commit] of refs) if (!(await hasCommit(context, commit))) lacking.push(ref);
  if (lacking.length === 0) return refs;
  throw new UserError(
    `The cluster's git server has commits that this clone lacks, in ${lacking.join(', ')}, and no other copy of them is known`,
    `git fetch ${GIT_REMOTE}, or run the command in the clone that they were pushed from.`,
  );
}

/** Pushes what the git server lacks of these refs; what it has stays. */
export async function pushLacking(context: Context, refs: GitRefs): Promise<string | undefined> {
  if (refs.size === 0) return 'no git server of its own';
  await waitForGitServer(context, REACHABLE_TIMEOUT_MS);
  const there = await askGitServer(context);
  const lacking = [...refs].filter(([ref]) => !there.has(ref));
  if (lacking.length === 0) return 'nothing is lacking';
  const push = await runGit(context, [
    'push',
    GIT_REMOTE,
    ...lacking.map(([ref, commit]) => `${commit}:${ref}`),
  ]);
  if (push.exitCode !== 0) throw new Error(push.stderr.trim());
  return lacking.map(([ref]) => ref).join(', ');
}

/** What the server itself says, nothing where it does not answer. */
async function askGitServer(context: Context): Promise<Map<string, string>> {
  const answer = await runGit(context, ['ls-remote', '--refs', GIT_REMOTE], ASK_TIMEOUT_MS);
  return answer.exitCode === 0 ? parseRefs(answer.stdout) : new Map();
}

async function findLastSeen(context: Context, client: KubernetesClient): Promise<Map<string, string>> {
  const prefix = `refs/remotes/${GIT_REMOTE}/`;
  const format = '--format=%(objectname)\t%(refname)';
  const known = await runGit(context, ['for-each-ref', format, prefix]);
  const refs = new Map(
    [...parseRefs(known.stdout)].map(([ref, commit]) => [ref.replace(prefix, 'refs/heads/'), commit]),
  );
  const root = await client.read(APPLICATION, ROOT, ARGO_CD_NAMESPACE);
  const deployed = root && statusOf(root).sync?.revision;
  const branch = `refs/heads/${context.cluster.settings.git.branch}`;
  const seen = refs.get(branch);
  if (deployed && !(seen && (await isAncestor(context, deployed, seen)))) refs.set(branch, deployed);
  return refs;
}

/** Reads lines of `COMMIT<tab>REF`, as ls-remote prints them. */
export function parseRefs(text: string): Map<string, string> {
  const pairs = text
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([commit, ref]) => (commit && ref ? [[ref, commit] as const] : []));
  return new Map(pairs);
}

async function hasCommit(context: Context, commit: string): Promise<boolean> {
  return (await runGit(context, ['cat-file', '-e', commit])).exitCode === 0;
}

async function isAncestor(context: Context, ancestor: string, commit: string): Promise<boolean> {
  return (await runGit(context, ['merge-base', '--is-ancestor', ancestor, commit])).exitCode === 0;
}
