import { join } from 'node:path';
import { readSealedSecrets } from '../cluster-folder/secrets-folder.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildInstallation } from '../lib/kustomize.ts';
import { hasCondition, type ManagedObject } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { SEALED_SECRET } from '../lib/resource-kinds.ts';
import { listOpeningKeys, provideSealingKey } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { followRepository } from './follow-repository.ts';
import { restartWithKeys, sealingKeySecrets } from './sealing-keys.ts';

const SETTINGS_FOLDER = join(import.meta.dirname, '..', 'sealed-secrets');
/**
 * Policies go first, so that nothing runs before it is guarded. What belongs to no namespace is among it, so that it
 * can be told whose it is where others have the cluster.
 */
const PREREQUISITES = [
  'Namespace',
  'PriorityClass',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'NetworkPolicy',
];
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
 * Puts the sealing keys into the cluster, starts the controller, and has it open the secrets that the git
 * server and Argo CD need before Argo CD can apply anything.
 */
export function sealedSecretsStep(context: Context, inputs: SealedSecretsInputs): Step {
  return {
    title: 'Open the sealed secrets',
    run: async (report) => {
      const kubernetes = await inputs.kubernetes();
      await provideSealingKey(context.directories.data);
      const keys = await listOpeningKeys(context.directories.data);
      const description = await inputs.description();
      const prerequisites = listPrerequisites(description);
      await kubernetes.apply([...prerequisites, ...sealingKeySecrets(keys)], FIELD_MANAGER);
      const controller = await buildController(context, inputs);
      await kubernetes.apply(restartWithKeys(controller, keys), FIELD_MANAGER);
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

/** The objects of the controller, with this project's settings. */
export async function buildController(
  context: Context,
  inputs: Pick<SealedSecretsInputs, 'manifest' | 'kustomize'>,
): Promise<ManagedObject[]> {
  const [kustomize, manifest] = [await inputs.kustomize(), await inputs.manifest()];
  return await buildInstallation(context.shell, kustomize, SETTINGS_FOLDER, manifest);
}

/** The namespaces that the secrets are in, and what else the pods there refer to. */
export function listPrerequisites(description: readonly ManagedObject[]): ManagedObject[] {
  return description.filter(({ kind }) => PREREQUISITES.includes(kind ?? ''));
}
