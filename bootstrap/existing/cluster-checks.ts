import type { Check, Finding } from '../checks/finding.ts';
import { describeError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition, type ManagedObject } from '../lib/managed-object.ts';
import { NODE, STORAGE_CLASS } from '../lib/resource-kinds.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { askControlPlane } from '../steps/control-plane-step.ts';
import { readIdentity, readNotedIdentity } from './cluster-identity.ts';

/** The oldest that Argo CD is tested with (https://argo-cd.readthedocs.io/en/stable/operator-manual/tested-kubernetes-versions/). */
const OLDEST_MINOR = 31;
const API_SERVICE = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  plural: 'apiservices',
} as const;
const METRICS = 'v1beta1.metrics.k8s.io';
/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';

/**
 * Looks whether a cluster that others made has what the application part needs; changes nothing. One finding where
 * it can't be reached.
 *
 * @param shownServer its address, for messages
 */
export async function inspectCluster(
  context: Pick<Context, 'cluster' | 'directories'>,
  client: KubernetesClient,
  shownServer: string,
): Promise<Finding[]> {
  const subject = 'cluster';
  try {
    await askControlPlane(client);
  } catch (error) {
    const remedy = `See why: kubectl --kubeconfig FILE get nodes. It must be the kubeconfig of an administrator.`;
    return [{ subject, isFine: false, detail: `${shownServer}: ${describeError(error)}`, remedy }];
  }
  const checks = [
    checkVersion(client, shownServer),
    checkIdentity(context, client),
    checkRights(client),
    checkNodes(client, context.cluster.settings),
    checkStorage(client),
    checkMetrics(client),
  ];
  return await Promise.all(checks.map((check) => check()));
}

function checkVersion(client: KubernetesClient, shownServer: string): Check {
  return async () => {
    const version = await client.readVersion();
    const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
    const detail = `Kubernetes ${version} at ${shownServer}`;
    if (minor >= OLDEST_MINOR) return { subject: 'cluster', isFine: true, detail };
    const remedy = `Upgrade it: Argo CD needs Kubernetes v1.${OLDEST_MINOR} at least.`;
    return { subject: 'cluster', isFine: false, detail, remedy };
  };
}

/** What is noted and sealed here belongs to one cluster: into another it must not go by mistake. */
function checkIdentity(context: Pick<Context, 'cluster' | 'directories'>, client: KubernetesClient): Check {
  return async () => {
    const subject = 'identity';
    const [identity, noted] = [await readIdentity(client), await readNotedIdentity(context)];
    if (noted === undefined || noted === identity) return { subject, isFine: true, detail: identity };
    const { name } = context.cluster;
    return {
      subject,
      isFine: false,
      detail: `this is another cluster (${identity}) than ${name} was created in (${noted})`,
      remedy: `Give it a folder of its own in clusters/, or first: ./orchestrator.sh destroy --cluster ${name}, with --forget where that cluster is gone.`,
    };
  };
}

function checkRights(client: KubernetesClient): Check {
  return async () => {
    const subject = 'rights';
    if (await client.mayDoEverything()) return { subject, isFine: true, detail: 'those of an administrator' };
    const remedy =
      'Use the kubeconfig of somebody who is bound to cluster-admin: definitions and roles are made.';
    return { subject, isFine: false, detail: 'not those of an administrator', remedy };
  };
}

function checkNodes(client: KubernetesClient, { replicas }: ClusterSettings): Check {
  return async () => {
    const subject = 'nodes';
    const ready = (await client.list(NODE)).filter(isUsable).length;
    const needed = replicas.databases === 2 || replicas.brokers === 3 ? 2 : 1;
    const detail = `${ready} Ready, ${needed} needed`;
    if (ready >= needed) return { subject, isFine: true, detail };
    const remedy = 'Add nodes, or set replicas.databases: 1 and replicas.brokers: 1 in cluster.yaml.';
    return { subject, isFine: false, detail, remedy };
  };
}

function isUsable(node: ManagedObject): boolean {
  const { unschedulable, taints = [] } = (node.spec ?? {}) as {
    unschedulable?: boolean;
    taints?: { effect: string }[];
  };
  return (
    hasCondition(node, 'Ready') && !unschedulable && !taints.some(({ effect }) => effect === 'NoSchedule')
  );
}

function checkStorage(client: KubernetesClient): Check {
  return async () => {
    const subject = 'storage';
    const classes = await client.list(STORAGE_CLASS);
    const chosen = classes.find((one) => one.metadata?.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true');
    if (chosen) return { subject, isFine: true, detail: `${chosen.metadata?.name} is the default class` };
    const names = classes.map(({ metadata }) => metadata?.name).join(', ') || 'none';
    const remedy = `Make one the default: kubectl annotate storageclass NAME ${DEFAULT_CLASS_ANNOTATION}=true`;
    return { subject, isFine: false, detail: `no storage class is the default; there are: ${names}`, remedy };
  };
}

function checkMetrics(client: KubernetesClient): Check {
  return async () => {
    const subject = 'metrics';
    const service = await client.read(API_SERVICE, METRICS);
    if (service && hasCondition(service, 'Available')) return { subject, isFine: true, detail: 'answer' };
    const remedy =
      'Autoscaling needs them. Install metrics-server: https://github.com/kubernetes-sigs/metrics-server#installation';
    return { subject, isFine: false, detail: `${METRICS} is not available`, remedy };
  };
}
