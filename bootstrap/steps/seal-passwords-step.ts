import { readSealedSecret, removeSealedSecret, writeSealedSecret } from '../cluster-folder/secrets-folder.ts';
import type { Step } from '../lib/progress.ts';
import {
  addonSecrets,
  componentSecrets,
  type GeneratedSecret,
  gitServerSecrets,
  sourceSecrets,
  uselessSecrets,
} from '../secrets/generated-secrets.ts';
import { provideGitAccess } from '../secrets/git-access.ts';
import { BASIS_ANNOTATION, SEALING_KEY_ANNOTATION, sealSecret } from '../secrets/seal.ts';
import { listOpeningKeys, type OpeningKey, provideSealingKey } from '../secrets/sealing-key.ts';
import type { Cluster, Context } from '../settings/context.ts';
import { hasOwnGitServer } from '../settings/git-source.ts';

/**
 * Generates the passwords that the components and the git server need, and seals them into the cluster's
 * folder; those of a git server that the cluster no longer has are removed. What is sealed already stays, unless it is
 * sealed with a key that is not this cluster's: neither the one that seals now nor one before it.
 */
export function sealPasswordsStep(context: Context, findKubeseal: () => Promise<string>): Step {
  return {
    title: 'Generate and seal passwords',
    run: async (report) => {
      const key = await provideSealingKey(context.directories.data);
      const keys = await listOpeningKeys(context.directories.data);
      const kubeseal = await findKubeseal();
      let sealed = 0;
      for (const { namespace, name } of uselessSecrets(context.cluster.settings))
        await removeSealedSecret(context.cluster, namespace, name);
      const secrets = [
        ...componentSecrets(),
        ...addonSecrets(context.cluster.settings),
        ...(await gitSecrets(context)),
      ];
      for (const secret of secrets) {
        if (await isSealed(context.cluster, secret, keys)) continue;
        report(`${secret.namespace}/${secret.name}`);
        const plain = { ...(await secret.generate()), annotations: { [BASIS_ANNOTATION]: secret.basis } };
        const manifest = await sealSecret(context.shell, kubeseal, key, plain);
        await writeSealedSecret(context.cluster, secret, manifest);
        sealed += 1;
      }
      return sealed === 0 ? 'all sealed' : undefined;
    },
  };
}

async function gitSecrets(context: Context): Promise<GeneratedSecret[]> {
  if (!hasOwnGitServer(context.cluster.settings)) return sourceSecrets();
  return gitServerSecrets(context, await provideGitAccess(context));
}

async function isSealed(
  cluster: Cluster,
  secret: GeneratedSecret,
  keys: readonly OpeningKey[],
): Promise<boolean> {
  const existing = await readSealedSecret(cluster, secret.namespace, secret.name);
  const annotations = existing?.metadata?.annotations ?? {};
  return (
    keys.some(({ fingerprint }) => fingerprint === annotations[SEALING_KEY_ANNOTATION]) &&
    annotations[BASIS_ANNOTATION] === secret.basis
  );
}
