import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import type { Shell } from '../lib/shell.ts';

/** A key pair in OpenSSH's formats. */
export interface DeployKey {
  readonly privateKey: string;
  /** One line, as a git host takes it. */
  readonly publicKey: string;
}

/** Makes a key pair (ssh-keygen(1)). */
export async function createDeployKey(shell: Shell, comment: string): Promise<DeployKey> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-key-'));
  try {
    const file = join(folder, 'key');
    await shell.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
    const [privateKey, publicKey] = [await readFile(file, 'utf8'), await readFile(`${file}.pub`, 'utf8')];
    return { privateKey, publicKey: publicKey.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The key pair of a private key that a person brings.
 *
 * @param file the private key's file, which only its owner may be able to read: ssh refuses it otherwise
 * @throws UserError when it is none, or is locked by a passphrase, which Argo CD could not be asked for
 */
export async function readDeployKey(shell: Shell, file: string): Promise<DeployKey> {
  const read = await shell.attempt('ssh-keygen', ['-y', '-P', '', '-f', file]);
  if (read.exitCode === 0) return { privateKey: await readFile(file, 'utf8'), publicKey: read.stdout.trim() };
  const reason = read.stderr.trim().split('\n').at(-1) ?? '';
  throw new UserError(
    `${file} is no private key that can be used without a passphrase: ${reason}`,
    'Leave --file out to have a new key made for this purpose alone.',
  );
}
