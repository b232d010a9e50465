import { homedir } from 'node:os';
import { join } from 'node:path';
import { hashFiles, hashText } from '../artifacts/content-hash.ts';
import { type ImageBuilder, provideImage } from '../artifacts/image.ts';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { readMachineStates } from './vagrant.ts';

const FOLDER = join(import.meta.dirname, '..', 'machine');

/**
 * Builds the image that stands for a machine under Vagrant's docker provider.
 *
 * @param baseKey names what the image's base was made of
 * @returns its reference
 */
export async function provideMachineImage(
  context: Context,
  builder: ImageBuilder,
  baseKey: string,
  report: Report,
): Promise<string> {
  const publicKey = await readVagrantPublicKey(context);
  const key = hashText(baseKey, publicKey, await hashFiles(FOLDER, ['Dockerfile', 'machine-init']));
  const reference = `orchestrator/machine:${key}`;
  const dockerfile = join(FOLDER, 'Dockerfile');
  const buildArguments = { VAGRANT_PUBLIC_KEY: publicKey };
  await provideImage(builder, { reference, key, dockerfile, folder: FOLDER, buildArguments }, report);
  return reference;
}

/**
 * The public half of the key pair that Vagrant first logs in with; at first contact it puts a new one in its
 * place. Vagrant writes the private half into its own folder when it first looks at machines.
 */
async function readVagrantPublicKey(context: Context): Promise<string> {
  await readMachineStates(context);
  const folder = context.environment.vagrantHome ?? join(homedir(), '.vagrant.d');
  const file = join(folder, 'insecure_private_key');
  const derived = await context.shell.run('ssh-keygen', ['-y', '-f', file]);
  return derived.stdout.trim();
}
