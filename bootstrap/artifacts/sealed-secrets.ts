import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { provideArtifact } from './artifact.ts';
import { hashFiles, hashText } from './content-hash.ts';
import { ENGINE_MODULE } from './engine.ts';
import { findModuleFolder } from './go-build.ts';
import { VERSIONS } from './versions.ts';

const MODULE = 'github.com/bitnami/sealed-secrets';
const NAME = 'sealed-secrets';
const FILE = 'controller.yaml';
/** The names that the published manifest has. */
const CHART_SETTINGS = ['fullnameOverride=sealed-secrets-controller', `image.tag=${VERSIONS.sealedSecrets}`];

/** Names what the controller's manifest is made from. */
export async function sealedSecretsKey(): Promise<string> {
  return hashText(await hashFiles(ENGINE_MODULE, ['go.mod', 'go.sum']), ...CHART_SETTINGS);
}

/**
 * The controller's manifest, from the chart in its module, rendered once.
 *
 * @param helm provides the program's file
 */
export async function renderSealedSecrets(
  shell: Shell,
  helm: () => Promise<string>,
  cache: string,
  report: Report,
): Promise<string> {
  const build = async (folder: string) => {
    const chart = join(await findModuleFolder(shell, ENGINE_MODULE, MODULE), 'helm', 'sealed-secrets');
    const rendered = await shell.run(
      await helm(),
      [
        ...['template', 'sealed-secrets', chart, '--namespace', SEALED_SECRETS_NAMESPACE, '--include-crds'],
        ...CHART_SETTINGS.flatMap((setting) => ['--set', setting]),
      ],
      { isSecret: true },
    );
    await writeFile(join(folder, FILE), rendered.stdout);
  };
  const folder = await provideArtifact({ name: NAME, key: await sealedSecretsKey(), build }, cache, report);
  return await readFile(join(folder, FILE), 'utf8');
}
