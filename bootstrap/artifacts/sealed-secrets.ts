import { join } from 'node:path';
import type { Shell } from '../lib/shell.ts';
import { SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { findModuleFolder } from './go-build.ts';
import { VERSIONS } from './versions.ts';

const MODULE = 'github.com/bitnami/sealed-secrets';

/**
 * The controller's manifest, from the chart in its module, with the names that its published manifest has.
 *
 * @param engine the folder of the Go module that pins sealed-secrets
 */
export async function renderSealedSecrets(shell: Shell, engine: string, helm: string): Promise<string> {
  const chart = join(await findModuleFolder(shell, engine, MODULE), 'helm', 'sealed-secrets');
  const settings = ['fullnameOverride=sealed-secrets-controller', `image.tag=${VERSIONS.sealedSecrets}`];
  const rendered = await shell.run(
    helm,
    [
      ...['template', 'sealed-secrets', chart, '--namespace', SEALED_SECRETS_NAMESPACE, '--include-crds'],
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    { isSecret: true },
  );
  return rendered.stdout;
}
