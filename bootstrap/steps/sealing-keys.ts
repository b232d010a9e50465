import { hashText } from '../artifacts/content-hash.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report, Step } from '../lib/progress.ts';
import { DEPLOYMENT, isRolledOut } from '../lib/workloads.ts';
import { listOpeningKeys, type OpeningKey, sealingKeySecret } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const CONTROLLER = 'sealed-secrets-controller';
/** Tells which keys the controller was started with. */
const KEYS_ANNOTATION = 'orchestrator/sealing-keys';
const TIMEOUT_MS = 120_000;

/** A change of the annotations of pods. */
interface PodTemplateChange {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations: Record<string, string> } };
  };
}

/** The Secrets by which the controller opens, one for each key. */
export function sealingKeySecrets(keys: readonly OpeningKey[]): ManagedObject[] {
  return keys.map((key) => sealingKeySecret(key, SEALED_SECRETS_NAMESPACE));
}

/** Has the controller start anew whenever there are other keys: it reads them only when it starts. */
export function restartWithKeys(
  manifest: readonly ManagedObject[],
  keys: readonly OpeningKey[],
): ManagedObject[] {
  return manifest.map((object) => {
    if (object.kind !== DEPLOYMENT.kind || object.metadata?.name !== CONTROLLER) return object;
    const copy = structuredClone(object) as ManagedObject & {
      spec: { template: { metadata?: { annotations?: Record<string, string> } } };
    };
    const { metadata } = copy.spec.template;
    const annotations = { ...metadata?.annotations, ...startedWith(keys).spec.template.metadata.annotations };
    copy.spec.template.metadata = { ...metadata, annotations };
    return copy;
  });
}

/** Puts keys into the cluster, and waits until a controller that has read them is the only one. */
export async function putSealingKeys(
  kubernetes: KubernetesClient,
  keys: readonly OpeningKey[],
  report: Report,
): Promise<void> {
  await kubernetes.apply(sealingKeySecrets(keys), FIELD_MANAGER);
  await kubernetes.merge(DEPLOYMENT, CONTROLLER, SEALED_SECRETS_NAMESPACE, startedWith(keys));
  await kubernetes.waitUntil({
    resource: DEPLOYMENT,
    namespace: SEALED_SECRETS_NAMESPACE,
    description: `${CONTROLLER} to have read the keys`,
    timeoutMs: TIMEOUT_MS,
    remedy: `See why: kubectl --namespace ${SEALED_SECRETS_NAMESPACE} get pods,events.`,
    onChange: report,
    missing: (deployments) => {
      const controller = deployments.find(({ metadata }) => metadata?.name === CONTROLLER);
      if (!controller) return `there is no ${CONTROLLER}`;
      return isRolledOut(controller) ? undefined : `${CONTROLLER} restarts`;
    },
  });
}

/** Puts the keys of this host into a cluster whose data store is from before they were made. */
export function sealingKeysStep(context: Context, kubernetes: () => Promise<KubernetesClient>): Step {
  return {
    title: 'Put the sealing keys back',
    run: async (report) => {
      const keys = await listOpeningKeys(context.directories.data);
      if (keys.length === 0) return 'this host has none';
      await putSealingKeys(await kubernetes(), keys, report);
      return undefined;
    },
  };
}

function startedWith(keys: readonly OpeningKey[]): PodTemplateChange {
  const fingerprints = keys.map(({ fingerprint }) => fingerprint).toSorted();
  const annotations = { [KEYS_ANNOTATION]: hashText(...fingerprints) };
  return { spec: { template: { metadata: { annotations } } } };
}
