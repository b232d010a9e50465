import { UserError } from '../lib/errors.ts';
import type { Shell } from '../lib/shell.ts';
import type { Context } from '../settings/context.ts';
import { isSameRepository } from '../settings/git-url.ts';
import { explainGitFailure } from './explain-git-failure.ts';
import { type SourceAccess, type SourceGit, withSourceGit } from './source-git.ts';

/** What is compared: the clone, and the branch that Argo CD follows. */
export type ComparedClone = Pick<Context, 'shell' | 'repository' | 'cluster'>;

/** How the branch that Argo CD follows stands to the clone. */
export type SourceComparison =
  /** It has what the clone has, and perhaps more. */
  | { readonly state: 'contained'; readonly tip: string }
  /** A push would bring it what it lacks. */
  | { readonly state: 'behind'; readonly lacking: readonly string[] }
  /** Each has commits that the other lacks. */
  | { readonly state: 'diverged' };

/** What `--heads` exits with where there is no such branch (git-ls-remote(1), "--exit-code"). */
const NO_MATCH = 2;

/**
 * Checks that the branch is there and can be read.
 *
 * @throws UserError that says what to do
 */
export async function requireSourceBranch(clone: ComparedClone, access: SourceAccess): Promise<void> {
  const { name, settings } = clone.cluster;
  const { branch } = settings.git;
  const ask = ['ls-remote', '--exit-code', '--heads', access.url, `refs/heads/${branch}`];
  const answer = await withSourceGit(clone.shell, access, (git) => git(clone.repository, ask));
  if (answer.exitCode === 0) return;
  if (answer.exitCode !== NO_MATCH) throw explainGitFailure(access, answer, name);
  throw new UserError(
    `${access.url} has no branch ${branch}`,
    `Push it (${await formatPush(clone)}), or name another in clusters/${name}/cluster.yaml, git.branch.`,
  );
}

/**
 * Fetches the branch that Argo CD follows, and compares it with what is checked out. What counts is what gets
 * deployed: a branch that has the same apps/ and the same folder of this cluster by other commits contains it.
 *
 * @throws UserError when the branch can't be read
 */
export async function compareWithSource(
  clone: ComparedClone,
  access: SourceAccess,
): Promise<SourceComparison> {
  const tip = await withSourceGit(clone.shell, access, (git) => fetchTip(clone, access, git));
  const git = (...args: string[]) => clone.shell.attempt('git', ['-C', clone.repository, ...args]);
  const isAncestor = async (one: string, other: string) =>
    (await git('merge-base', '--is-ancestor', one, other)).exitCode === 0;
  if (await isAncestor('HEAD', tip)) return { state: 'contained', tip };
  const deployed = ['apps', `clusters/${clone.cluster.name}`];
  const difference = await git('diff', '--quiet', 'HEAD', tip, '--', ...deployed);
  if (difference.exitCode === 0) return { state: 'contained', tip };
  if (!(await isAncestor(tip, 'HEAD'))) return { state: 'diverged' };
  const { stdout } = await git('log', '--format=%h %s', `${tip}..HEAD`);
  return { state: 'behind', lacking: stdout.trim().split('\n') };
}

/** The ref by which the clone keeps what it last saw of the branch. */
export function sourceRef(clusterName: string): string {
  return `refs/orchestrator/source/${clusterName}`;
}

async function fetchTip(clone: ComparedClone, access: SourceAccess, git: SourceGit): Promise<string> {
  const { repository, cluster, shell } = clone;
  const ref = sourceRef(cluster.name);
  const refspec = `+refs/heads/${cluster.settings.git.branch}:${ref}`;
  const fetched = await git(repository, [
    ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'],
    ...[access.url, refspec],
  ]);
  if (fetched.exitCode !== 0) throw explainGitFailure(access, fetched, cluster.name);
  return (await shell.run('git', ['-C', repository, 'rev-parse', ref])).stdout.trim();
}

/** The command by which a person pushes to the branch, by the name of their remote where there is one. */
export async function formatPush(clone: ComparedClone): Promise<string> {
  const { source, branch } = clone.cluster.settings.git;
  return `git push ${await findRemote(clone.shell, clone.repository, source)} HEAD:${branch}`;
}

/** The name of the clone's remote for a repository; the URL itself where there is none. */
async function findRemote(shell: Shell, repository: string, url: string): Promise<string> {
  const remotes = await shell.attempt('git', ['-C', repository, 'remote', '--verbose']);
  for (const line of remotes.stdout.split('\n')) {
    const [name, remoteUrl, direction] = line.split(/\s/);
    if (name && remoteUrl && direction === '(push)' && isSameRepository(remoteUrl, url)) return name;
  }
  return url;
}
