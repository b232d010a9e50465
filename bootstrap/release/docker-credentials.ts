import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import type { Shell } from '../lib/shell.ts';
import { loginName } from './registry-address.ts';

/** Who somebody is at a registry. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The part of Docker's configuration that is about logins (https://docs.docker.com/reference/cli/docker/login/#credential-stores). */
const configSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
});

/** What a credential helper prints (https://github.com/docker/docker-credential-helpers#development). */
const helperAnswerSchema = z.object({ Username: z.string(), Secret: z.string() });

/**
 * The credentials that `docker login` has kept for a registry: in its file, or with a program that keeps them.
 *
 * @param folder the folder of Docker's configuration
 * @returns `undefined` where nobody is logged in
 */
export async function readDockerCredentials(
  shell: Shell,
  folder: string,
  registry: string,
): Promise<Credentials | undefined> {
  const file = join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const config = parseConfig(text, file);
  const name = loginName(registry);
  const helper = config.credHelpers[name] ?? config.credsStore;
  if (helper) return await askHelper(shell, helper, name);
  const { auth } = config.auths[name] ?? {};
  if (!auth) return undefined;
  const [username = '', ...password] = Buffer.from(auth, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}

function parseConfig(text: string, file: string): z.infer<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(`${file} can't be read as Docker's configuration.`, 'Correct it, or log in anew.', {
      cause,
    });
  }
}

async function askHelper(shell: Shell, helper: string, name: string): Promise<Credentials | undefined> {
  const get = { input: name, isSecret: true };
  const answer = await shell.attempt(`docker-credential-${helper}`, ['get'], get);
  if (answer.exitCode !== 0) return undefined;
  const { Username, Secret } = helperAnswerSchema.parse(JSON.parse(answer.stdout));
  return { username: Username, password: Secret };
}
