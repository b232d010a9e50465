import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import password from '@inquirer/password';
import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import { addToSealedSecret, sealedSecretPath } from '../cluster-folder/secrets-folder.ts';
import { UserError } from '../lib/errors.ts';
import { readSealedFiles, sealedSecretsIn } from '../rotation/sealed-files.ts';
import { requireSealingKey } from '../secrets/require-sealing-key.ts';
import { sealSecret } from '../secrets/seal.ts';
import { provideSealingKey } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const KEY = /^[-._a-zA-Z0-9]{1,253}$/;
const USAGE = './orchestrator.sh seal movies mail-account password=- (the value comes from standard input)';

/** One key of a Secret, and where its value comes from: `-` is standard input, else a file. */
export interface SecretSource {
  readonly key: string;
  readonly source: string;
}

/** `seal`: seals values for one Secret and writes the manifest that may go into git. */
export function registerSeal(program: Command): void {
  addCommonOptions(program.command('seal').description('seal a secret, so that it can be kept in git'))
    .argument('<namespace>', 'the namespace of the Secret')
    .argument('<name>', 'the name of the Secret')
    .argument('<key=source...>', 'KEY=- reads the value from standard input, KEY=@FILE from a file')
    .action((namespace: string, name: string, pairs: string[], options: CommonOptions) =>
      runSession('seal', options, async ({ context }) => {
        requireName('namespace', namespace);
        requireName('name', name);
        const sources = parseSecretSources(pairs);
        await requireOwnKey(context);
        const values = await readValues(sources);
        const artifacts = createClusterArtifacts(context, await chooseSource(context));
        const { kubeseal } = await artifacts.source.provideTools(() => {});
        const key = await provideSealingKey(context.directories.data);
        const manifest = await sealSecret(context.shell, kubeseal, key, { namespace, name, values });
        await addToSealedSecret(context.cluster, { namespace, name }, manifest);
        const path = `clusters/${context.cluster.name}/${sealedSecretPath(namespace, name)}`;
        process.stdout.write(`${path} is sealed. Next: git add ${path}, git commit, git push.\n`);
      }),
    );
}

/**
 * Before the first `create` a key may be made, and `create` takes it.
 *
 * @throws UserError where secrets are sealed already, with a key that is elsewhere
 */
export async function requireOwnKey(
  context: Pick<Context, 'repository' | 'cluster' | 'directories'>,
): Promise<void> {
  if (sealedSecretsIn(await readSealedFiles(context)).length === 0) return;
  const otherwise = 'For a cluster of your own, ./orchestrator.sh create first.';
  await requireSealingKey(context.directories.data, otherwise);
}

/** Reads `KEY=-` and `KEY=@FILE`; a value itself is refused, since everybody can read argument lists. */
export function parseSecretSources(pairs: readonly string[]): SecretSource[] {
  const sources = pairs.map((pair) => {
    const separator = pair.indexOf('=');
    const key = pair.slice(0, Math.max(0, separator));
    const source = pair.slice(separator + 1);
    if (!KEY.test(key)) throw new UserError(`\`${pair.slice(0, 40)}\` does not begin with KEY=.`, USAGE);
    if (source !== '-' && !source.startsWith('@')) {
      throw new UserError(
        `The value of ${key} stands in the arguments, where every process on this machine can read it.`,
        USAGE,
      );
    }
    return { key, source: source === '-' ? source : source.slice(1) };
  });
  if (sources.filter(({ source }) => source === '-').length > 1) {
    throw new UserError('Only one value can come from standard input.', 'Give the others as KEY=@FILE.');
  }
  return sources;
}

async function readValues(sources: readonly SecretSource[]): Promise<Record<string, string>> {
  const entries = await Promise.all(
    sources.map(async ({ key, source }) => {
      const value = source === '-' ? await readStandardInput(key) : await readFile(source, 'utf8');
      if (value === '') throw new UserError(`The value of ${key} is empty.`, USAGE);
      return [key, value] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Without the line end that `echo` and a keyboard add. */
async function readStandardInput(key: string): Promise<string> {
  if (process.stdin.isTTY) return await password({ message: `Value of ${key}`, mask: true });
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

function requireName(what: string, value: string): void {
  if (NAME.test(value)) return;
  throw new UserError(
    `The ${what} \`${value}\` is no Kubernetes name: small letters, digits, - and .`,
    USAGE,
  );
}
