import { COMPONENTS_NAMESPACE, GIT_NAMESPACE } from '../settings/namespaces.ts';
import type { AwaitedState, KubernetesClient } from './kubernetes.ts';
import type { ManagedObject } from './managed-object.ts';
import { SERVICE } from './resource-kinds.ts';

/** A Service of type LoadBalancer. */
export interface ExternalService {
  readonly namespace: string;
  readonly name: string;
}

export const GATEWAY_SERVICE: ExternalService = { namespace: COMPONENTS_NAMESPACE, name: 'api-gateway' };
export const GIT_SERVICE: ExternalService = { namespace: GIT_NAMESPACE, name: 'git-server' };

interface LoadBalancerStatus {
  readonly loadBalancer?: {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
}

/** The address or host name of a Service's load balancer, as soon as it has one. */
export async function findHost(
  client: KubernetesClient,
  { namespace, name }: ExternalService,
): Promise<string | undefined> {
  const service = await client.read(SERVICE, name, namespace);
  return service && hostOf(service);
}

/** The state in which a Service's load balancer has an address. */
export function hasHost(
  { namespace, name }: ExternalService,
  timeoutMs: number,
  remedy: string,
): AwaitedState {
  return {
    resource: SERVICE,
    namespace,
    description: `an address for the Service ${namespace}/${name}, of type LoadBalancer`,
    timeoutMs,
    remedy,
    missing: (services) =>
      services.some((one) => one.metadata?.name === name && hostOf(one))
        ? undefined
        : `the address of ${name}`,
  };
}

/** The state in which the load balancer of every Service of a namespace has an address. */
export function hasHosts(namespace: string, timeoutMs: number, remedy: string): AwaitedState {
  return {
    resource: SERVICE,
    namespace,
    description: `an address for every Service of type LoadBalancer in ${namespace}`,
    timeoutMs,
    remedy,
    missing: (services) => {
      const waiting = services.filter((one) => isLoadBalancer(one) && !hostOf(one));
      return waiting.length === 0 ? undefined : waiting.map(({ metadata }) => metadata?.name).join(', ');
    },
  };
}

function isLoadBalancer({ spec }: ManagedObject): boolean {
  return (spec as { type?: string } | undefined)?.type === 'LoadBalancer';
}

function hostOf({ status }: ManagedObject): string | undefined {
  const { loadBalancer } = (status ?? {}) as LoadBalancerStatus;
  const [first] = loadBalancer?.ingress ?? [];
  return first?.hostname ?? first?.ip;
}
