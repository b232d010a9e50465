import { join } from 'node:path';
import { readSealedSecrets } from '../cluster-folder/secrets-folder.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildInstallation } from '../lib/kustomize.ts';
import { hasCondition, type ManagedObject } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { provideSealingKey, sealingKeySecret } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { ARGO_CD_NAMESPACE, SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { followRepository } from './follow-repository.ts';

const SEALED_SECRET = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  plural: 'sealedsecrets',
} as const;
const SETTINGS_FOLDER = join(import.meta.dirname, '..', 'sealed-secrets');
const PREREQUISITES = ['Namespace', 'PriorityClass'];
const OPENED_TIMEOUT_MS = 120_000;

/** What the step takes from others. */
export interface SealedSecretsInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  /** The controller's own manifest. */
  readonly manifest: () => Promise<string>;
  readonly kustomize: () => Promise<string>;
  /** The objects that the cluster's folder describes. */
  readonly description: () => Promise<readonly ManagedObject[]>;
}

/**
 * Puts the sealing key into the cluster, starts the controller, and has it open the secrets that the git
 * server and Argo CD need before Argo CD can apply anything.
 */
export function sealedSecretsStep(context: Context, inputs: SealedSecretsInputs): Step {
  return {
    title: 'Open the sealed secrets',
    run: async (report) => {
      const kubernetes = await inputs.kubernetes();
      const key = await provideSealingKey(context.directories.data);
      const description = await inputs.description();
      // The namespaces that the secrets are in, and what else the pods there refer to.
      const prerequisites = description.filter(({ kind }) => PREREQUISITES.includes(kind ?? ''));
      await kubernetes.apply(
        [...prerequisites, namespace(ARGO_CD_NAMESPACE), sealingKeySecret(key, SEALED_SECRETS_NAMESPACE)],
        FIELD_MANAGER,
      );
      const [kustomize, manifest] = [await inputs.kustomize(), await inputs.manifest()];
      const controller = await buildInstallation(context.shell, kustomize, SETTINGS_FOLDER, manifest);
      await kubernetes.apply(controller, FIELD_MANAGER);
      await followRepository(kubernetes, description);
      const sealed = await readSealedSecrets(context.cluster);
      await kubernetes.apply(sealed, FIELD_MANAGER);
      await kubernetes.waitUntil({
        resource: SEALED_SECRET,
        description: 'the sealed secrets to be opened',
        timeoutMs: OPENED_TIMEOUT_MS,
        remedy: `See why: kubectl --namespace ${SEALED_SECRETS_NAMESPACE} logs deployment/sealed-secrets-controller.`,
        missing: (secrets) => {
          const opened = secrets.filter((one) => hasCondition(one, 'Synced')).length;
          return opened >= sealed.length ? undefined : `${opened} of ${sealed.length} opened`;
        },
        onChange: report,
      });
      return undefined;
    },
  };
}

function namespace(name: string): ManagedObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
