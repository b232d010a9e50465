import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exists } from '../artifacts/artifact.ts';
import { sealedSecretPath } from '../cluster-folder/secrets-folder.ts';
import { UserError } from '../lib/errors.ts';
import { commitPaths, readCommitted } from '../lib/git.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { generatePassword } from '../secrets/generated-password.ts';
import { BASIS_ANNOTATION, sealSecret, unsealSecret } from '../secrets/seal.ts';
import { provideSealingKey } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import {
  announce,
  isBefore,
  type Phase,
  phaseOf,
  readRevision,
  type SecretValues,
  settle,
  switchOver,
} from './logins.ts';
import { ROTATED_SECRETS, type RotatedSecret } from './rotated-secrets.ts';
import { replaceFile } from './sealed-files.ts';

/** A rotated Secret as the last commit has it. */
export interface CommittedSecret {
  readonly secret: RotatedSecret;
  readonly sealed: ManagedObject;
  readonly values: SecretValues;
}

/** A rotation of passwords, as far as git has it. */
export interface PasswordRotation {
  readonly id: string;
  /** That of the Secret which is furthest behind; `undefined` where its first commit is still to be made. */
  readonly phase: Phase | undefined;
  /** Whether an earlier run began it. */
  readonly isResumed: boolean;
  readonly secrets: readonly CommittedSecret[];
}

/** The clone, and how it opens and seals. */
export interface PasswordTools {
  readonly context: Pick<Context, 'shell' | 'repository' | 'cluster' | 'directories'>;
  readonly kubeseal: () => Promise<string>;
}

/** Is in the data directory from the beginning of a rotation to its end. */
export const ROTATION_FILE = 'password-rotation.json';
const rotationSchema = z.strictObject({ id: z.string() });

/** Whether a rotation has begun on this host and not ended. */
export function isRotatingPasswords({ directories }: PasswordTools['context']): Promise<boolean> {
  return exists(join(directories.data, ROTATION_FILE));
}

/**
 * Finds the rotation that has not ended, or begins one. What counts is the last commit, whatever a killed process left
 * in the files. A commit of somebody else may have such files, so that some Secrets are a phase behind others.
 *
 * @throws UserError where one of the Secrets is not in git, or can't be opened here
 */
export async function provideRotation(tools: PasswordTools): Promise<PasswordRotation> {
  const file = join(tools.context.directories.data, ROTATION_FILE);
  const secrets = await Promise.all(ROTATED_SECRETS.map((secret) => readCommittedSecret(tools, secret)));
  const unfinished = secrets
    .map(({ values }) => readRevision(values))
    .find((revision) => revision && revision.phase !== 'settled');
  const noted = (await exists(file))
    ? rotationSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    : undefined;
  const id = unfinished?.rotation ?? noted?.id ?? randomBytes(4).toString('hex');
  if (noted?.id !== id) await writePrivateFile(file, `${JSON.stringify({ id })}\n`);
  const phases = secrets.map(({ values }) => phaseOf(values, id));
  const phase = phases.reduce((furthest, one) => (isBefore(one, furthest) ? one : furthest));
  return { id, phase, isResumed: noted !== undefined || unfinished !== undefined, secrets };
}

/** Ends a rotation: the next one makes other passwords. */
export async function endPasswordRotation({ directories }: PasswordTools['context']): Promise<void> {
  await rm(join(directories.data, ROTATION_FILE), { force: true });
}

const MESSAGES: Record<Phase, string> = {
  announced: 'Announce new passwords',
  switched: 'Use the new passwords',
  settled: 'Refuse the old passwords',
};

/**
 * Seals the passwords for a phase, and commits them; those that git has in this phase already, or in a later one, stay
 * as they are.
 *
 * @returns what git has then
 */
export async function commitPhase(tools: PasswordTools, phase: Phase): Promise<readonly CommittedSecret[]> {
  const { id, secrets } = await provideRotation(tools);
  const behind = secrets.filter(({ values }) => isBefore(phaseOf(values, id), phase));
  if (behind.length === 0) return secrets;
  const { shell, repository, cluster } = tools.context;
  const paths: string[] = [];
  for (const committed of behind) {
    const values = advance(committed.values, id, phase);
    const path = pathOf(tools, committed.secret);
    await replaceFile(join(repository, path), await seal(tools, committed, values));
    paths.push(path);
  }
  await commitPaths(shell, repository, paths, `${MESSAGES[phase]} of ${cluster.name}`);
  return (await provideRotation(tools)).secrets;
}

function advance(values: SecretValues, id: string, phase: Phase): SecretValues {
  if (phase === 'announced') return announce(values, id, generatePassword());
  return phase === 'switched' ? switchOver(values, id) : settle(values, id);
}

async function readCommittedSecret(tools: PasswordTools, secret: RotatedSecret): Promise<CommittedSecret> {
  const { shell, repository, directories } = tools.context;
  const path = pathOf(tools, secret);
  const text = await readCommitted(shell, repository, path);
  const [sealed] = text === undefined ? [] : parseManifest(text);
  if (!sealed)
    throw new UserError(
      `${path} is not in git, and nothing has been changed`,
      './orchestrator.sh create seals what is missing, and commits it.',
    );
  const manifest = formatManifest([sealed]);
  const opened = unsealSecret(shell, await tools.kubeseal(), directories.data, manifest);
  const values = await opened.catch((cause: unknown) => {
    throw new UserError(
      `No key of this host opens ${path}, and nothing has been changed`,
      'Run the command where the cluster was created, or bring the key from a backup: ./orchestrator.sh restore.',
      { cause },
    );
  });
  return { secret, sealed, values };
}

async function seal(
  tools: PasswordTools,
  { secret, sealed }: CommittedSecret,
  values: SecretValues,
): Promise<string> {
  const { shell, directories } = tools.context;
  const { namespace, name } = secret;
  const basis = sealed.metadata?.annotations?.[BASIS_ANNOTATION];
  const annotations = basis === undefined ? {} : { [BASIS_ANNOTATION]: basis };
  const key = await provideSealingKey(directories.data);
  return await sealSecret(shell, await tools.kubeseal(), key, { namespace, name, values, annotations });
}

function pathOf({ context }: PasswordTools, { namespace, name }: RotatedSecret): string {
  return `clusters/${context.cluster.name}/${sealedSecretPath(namespace, name)}`;
}
