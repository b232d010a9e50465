import { UserError } from './errors.ts';
import type { Shell } from './shell.ts';

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
 * Commits what has changed below a path, and nothing else, whatever is staged.
 *
 * @returns the commit, or `undefined` where nothing had changed
 */
export async function commitPath(
  shell: Shell,
  folder: string,
  path: string,
  message: string,
): Promise<string | undefined> {
  const git = (...args: string[]) => shell.run('git', ['-C', folder, ...args]);
  await git('add', '--', path);
  const changes = await shell.attempt('git', ['-C', folder, 'diff', '--cached', '--quiet', '--', path]);
  if (changes.exitCode === 0) return undefined;
  const identity = await findIdentity(shell, folder);
  await git(...identity, 'commit', '--quiet', '--message', message, '--', path);
  return await readHead(shell, folder);
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
