import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult, Shell } from '../lib/shell.ts';
import type { SourceCredential } from './source-credential.ts';
import type { SourceTrust } from './source-trust.ts';

const TIMEOUT_MS = 60_000;

/** A repository elsewhere, and all that it takes to read it. */
export interface SourceAccess {
  readonly url: string;
  /** Without one, git asks as anybody would. */
  readonly credential: SourceCredential | undefined;
  readonly trust: SourceTrust;
}

/** Runs git in a folder, and returns how it ended. */
export type SourceGit = (folder: string, args: readonly string[]) => Promise<RunResult>;

/**
 * Runs git as Argo CD will: with the given credential or with none, never with what the person has besides, so
 * that what works here works there. It asks nobody. The credential is in files of mode 0600 meanwhile.
 */
export async function withSourceGit<T>(
  shell: Shell,
  access: SourceAccess,
  work: (git: SourceGit) => Promise<T>,
): Promise<T> {
  // mkdtemp makes it for its owner alone.
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-git-'));
  try {
    const keep = async (name: string, text: string) => {
      const file = join(folder, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    };
    const settings = await configure(access, keep);
    const env = {
      GIT_TERMINAL_PROMPT: '0',
      // Editors set these to ask in a window.
      GIT_ASKPASS: 'true',
      SSH_ASKPASS: 'true',
      GIT_SSH_COMMAND: await formatSsh(access, keep),
      LC_ALL: 'C',
      // Counts more than any setting.
      ...(access.trust.authority ? { GIT_SSL_CAINFO: await keep('ca.pem', access.trust.authority) } : {}),
    };
    return await work((where, args) =>
      shell.attempt('git', ['-C', where, ...settings.flatMap((setting) => ['-c', setting]), ...args], {
        env,
        timeoutMs: TIMEOUT_MS,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Keep = (name: string, text: string) => Promise<string>;

/** Settings of git (git-config(1)), as `-c` takes them. */
async function configure({ url, credential }: SourceAccess, keep: Keep): Promise<string[]> {
  // The longest match wins, and an empty value clears a list: what the person has set for the host does not apply.
  const settings = [`url.${url}.insteadOf=${url}`, 'credential.helper=', `http.${url}.extraHeader=`];
  if (credential?.kind === 'token') {
    const { protocol, host } = new URL(url);
    const login = `${encodeURIComponent(credential.username)}:${encodeURIComponent(credential.token)}`;
    const file = await keep('credentials', `${protocol}//${login}@${host}\n`);
    settings.push(`credential.helper=store --file='${file}'`);
  }
  return settings;
}

/** The options are those of ssh_config(5). */
async function formatSsh({ credential, trust }: SourceAccess, keep: Keep): Promise<string> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=15', 'IdentityAgent=none'];
  // Beside those that the person knows.
  if (trust.knownHosts) options.push(`GlobalKnownHostsFile=${await keep('known_hosts', trust.knownHosts)}`);
  const identity =
    credential?.kind === 'deploy-key' ? await keep('key', `${credential.privateKey.trimEnd()}\n`) : 'none';
  options.push(`IdentityFile=${identity}`, 'IdentitiesOnly=yes');
  return ['ssh', '-F', 'none', ...options.flatMap((option) => ['-o', `'${option}'`])].join(' ');
}
