import { UserError } from './errors.ts';
import type { RunResult, Shell } from './shell.ts';

/** Whom a commit of this program is by, where the person has not told git who they are. */
const FALLBACK_IDENTITY = { name: 'orchestrator', email: 'orchestrator@localhost' } as const;

/**
 * Checks that a folder is in a git repository with at least one commit, at the place that the settings say.
 *
 * @param path the folder's path in the repository; `.` for its top
 */
export async function requireRepository(shell: Shell, folder: string, path: string): Promise<void> {
  const head = await shell.attempt('git', ['-C', folder, 'rev-parse', '--verify', 'HEAD']);
  if (head.exitCode === 0) return await requirePath(shell, folder, path);
  throw new UserError(
    `${folder} is no git repository with a commit, and what is deployed comes from git.`,
    'Clone the repository, or make one of this folder: git init && git add --all && git commit --message "Start"',
  );
}

async function requirePath(shell: Shell, folder: string, path: string): Promise<void> {
  const prefix = await shell.run('git', ['-C', folder, 'rev-parse', '--show-prefix']);
  const actual = prefix.stdout.trim().replace(/\/$/, '') || '.';
  if (actual === path) return;
  throw new UserError(
    `git.path is \`${path}\`, but ${folder} is \`${actual}\` in its repository`,
    `Set git.path: ${actual} in cluster.yaml.`,
  );
}

/**
 * Commits what has changed below some paths, and nothing else, whatever is staged.
 *
 * @returns the commit, or `undefined` where nothing had changed
 */
export async function commitPaths(
  shell: Shell,
  folder: string,
  paths: readonly string[],
  message: string,
): Promise<string | undefined> {
  const git = (...args: string[]) => shell.run('git', ['-C', folder, ...args]);
  // A path that was removed and staged so is known to the last commit alone, and `git add` would refuse it.
  const known = splitNames(
    await git('ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...paths),
  );
  if (known.length > 0) await git('add', '--', ...known);
  const staged = await git(
    'diff',
    '--cached',
    '--name-only',
    '--no-renames',
    '--relative',
    '-z',
    '--',
    ...paths,
  );
  const changed = splitNames(staged);
  if (changed.length === 0) return undefined;
  const identity = await findIdentity(shell, folder);
  await git(...identity, 'commit', '--quiet', '--message', message, '--', ...changed);
  return await readHead(shell, folder);
}

/**
 * The paths that differ from the last commit, staged or not, and the files that git doesn't know and doesn't
 * ignore (git-status(1)).
 *
 * @param below only those in this folder
 * @returns paths relative to `folder`, which may be a part of the repository
 */
export async function listUncommitted(shell: Shell, folder: string, below: string): Promise<string[]> {
  const options = ['--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'];
  const status = await shell.run('git', ['-C', folder, 'status', ...options, '--', below]);
  const prefix = await shell.run('git', ['-C', folder, 'rev-parse', '--show-prefix']);
  // Two letters of state and a space are before each path, which begins at the repository's top.
  const start = 3 + prefix.stdout.trim().length;
  return splitNames(status).map((entry) => entry.slice(start));
}

/** What git printed with `-z`. */
function splitNames({ stdout }: RunResult): string[] {
  return stdout.split('\0').filter((name) => name !== '');
}

/** A file as the last commit has it; `undefined` where it has none. */
export async function readCommitted(shell: Shell, folder: string, path: string): Promise<string | undefined> {
  const shown = await shell.attempt('git', ['-C', folder, 'show', `HEAD:./${path}`]);
  return shown.exitCode === 0 ? shown.stdout : undefined;
}

/** The branch that is checked out; `undefined` where a commit is. */
export async function readBranch(shell: Shell, folder: string): Promise<string | undefined> {
  const branch = await shell.attempt('git', ['-C', folder, 'symbolic-ref', '--quiet', '--short', 'HEAD']);
  return branch.exitCode === 0 ? branch.stdout.trim() : undefined;
}

/** The commit that is checked out. */
export async function readHead(shell: Shell, folder: string): Promise<string> {
  return (await shell.run('git', ['-C', folder, 'rev-parse', 'HEAD'])).stdout.trim();
}

/** Adds a remote, or gives it another URL. */
export async function setRemote(shell: Shell, folder: string, name: string, url: string): Promise<void> {
  const known = await shell.attempt('git', ['-C', folder, 'remote', 'get-url', name]);
  if (known.exitCode !== 0) await shell.run('git', ['-C', folder, 'remote', 'add', name, url]);
  else if (known.stdout.trim() !== url) {
    await shell.run('git', ['-C', folder, 'remote', 'set-url', name, url]);
  }
}

/** Removes a remote that has this URL, and what is configured for the URL's host. */
export async function removeRemote(shell: Shell, folder: string, name: string, url: string): Promise<void> {
  const known = await shell.attempt('git', ['-C', folder, 'remote', 'get-url', name]);
  if (known.stdout.trim() !== url) return;
  await shell.run('git', ['-C', folder, 'remote', 'remove', name]);
  const { origin } = new URL(url);
  for (const section of [`credential.${origin}`, `http.${origin}`]) {
    await shell.attempt('git', ['-C', folder, 'config', '--local', '--remove-section', section]);
  }
}

/** Removes a ref, if it is there. */
export async function removeRef(shell: Shell, folder: string, ref: string): Promise<void> {
  await shell.attempt('git', ['-C', folder, 'update-ref', '-d', ref]);
}

/** Sets a value in the clone's own configuration. */
export async function setConfig(shell: Shell, folder: string, key: string, value: string): Promise<void> {
  await shell.run('git', ['-C', folder, 'config', '--local', '--replace-all', key, value]);
}

async function findIdentity(shell: Shell, folder: string): Promise<string[]> {
  const email = await shell.attempt('git', ['-C', folder, 'config', 'user.email']);
  if (email.exitCode === 0 && email.stdout.trim() !== '') return [];
  const { name, email: address } = FALLBACK_IDENTITY;
  return ['-c', `user.name=${name}`, '-c', `user.email=${address}`];
}
