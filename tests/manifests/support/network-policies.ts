import type {
  V1LabelSelector,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
} from '@kubernetes/client-node';
import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';

type Labels = Readonly<Record<string, string>>;

/** A pod, as far as policies look at it. */
export interface PolicyPod {
  readonly namespace: string;
  readonly labels: Labels;
}

/** One end of a flow: a pod, or an address that is no pod's. */
export type End = PolicyPod | { readonly address: string };

/** A port of the flow's target. */
export interface FlowPort {
  readonly protocol: string;
  readonly port: number;
  /** The last one of a range, which is allowed whole or not at all. */
  readonly endPort?: number;
}

interface Policy {
  readonly namespace: string;
  readonly spec: V1NetworkPolicySpec;
}

const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/**
 * What NetworkPolicies allow, by the rules of the API
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 */
export class NetworkRules {
  private readonly policies: readonly Policy[];

  constructor(objects: readonly ManagedObject[]) {
    this.policies = objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata, spec }) => ({
        namespace: metadata?.namespace ?? '',
        spec: spec as V1NetworkPolicySpec,
      }));
  }

  /** Whether one end may open a connection to the other. */
  allows(from: End, to: End, port: FlowPort): boolean {
    return this.allowsLeaving(from, to, port) && this.allowsEntering(from, to, port);
  }

  /** Whether both directions of a pod are closed but for what is allowed. */
  isIsolated(pod: PolicyPod): boolean {
    return ['Ingress', 'Egress'].every((direction) => this.selecting(pod, direction).length > 0);
  }

  /** The ports that any policy names. */
  ports(): FlowPort[] {
    const all = this.rules().flatMap(({ ports = [] }) => ports);
    return all.map(({ protocol = 'TCP', port, endPort }) => ({
      protocol,
      port: Number(port),
      ...(endPort === undefined ? {} : { endPort }),
    }));
  }

  /** Every rule, whatever its direction. */
  rules(): { ports?: V1NetworkPolicyPort[]; peers: V1NetworkPolicyPeer[] | undefined }[] {
    return this.policies.flatMap(({ spec: { ingress = [], egress = [] } }) => [
      ...ingress.map((rule) => ({ ...(rule.ports ? { ports: rule.ports } : {}), peers: peersOf(rule) })),
      ...egress.map(({ ports, to }) => ({ ...(ports ? { ports } : {}), peers: to })),
    ]);
  }

  private allowsLeaving(from: End, to: End, port: FlowPort): boolean {
    if ('address' in from) return true;
    const policies = this.selecting(from, 'Egress');
    return (
      policies.length === 0 ||
      policies.some(({ namespace, spec: { egress = [] } }) =>
        egress.some((rule) => hasPort(rule.ports, port) && hasPeer(rule.to, to, namespace)),
      )
    );
  }

  private allowsEntering(from: End, to: End, port: FlowPort): boolean {
    if ('address' in to) return true;
    const policies = this.selecting(to, 'Ingress');
    return (
      policies.length === 0 ||
      policies.some(({ namespace, spec: { ingress = [] } }) =>
        ingress.some((rule) => hasPort(rule.ports, port) && hasPeer(peersOf(rule), from, namespace)),
      )
    );
  }

  private selecting(pod: PolicyPod, direction: string): readonly Policy[] {
    return this.policies.filter(
      ({ namespace, spec }) =>
        namespace === pod.namespace &&
        (spec.policyTypes ?? ['Ingress']).includes(direction) &&
        matches(spec.podSelector, pod.labels),
    );
  }
}

/** The manifest says `from`, the client's type `_from`. */
function peersOf(rule: object): V1NetworkPolicyPeer[] | undefined {
  return (rule as { from?: V1NetworkPolicyPeer[] }).from;
}

function hasPort(ports: readonly V1NetworkPolicyPort[] | undefined, wanted: FlowPort): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some(
    ({ protocol = 'TCP', port, endPort }) =>
      protocol === wanted.protocol &&
      Number(port) <= wanted.port &&
      Number(endPort ?? port) >= (wanted.endPort ?? wanted.port),
  );
}

function hasPeer(peers: readonly V1NetworkPolicyPeer[] | undefined, end: End, own: string): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock) {
      return (
        'address' in end &&
        isIn(ipBlock.cidr, end.address) &&
        !ipBlock.except?.some((one) => isIn(one, end.address))
      );
    }
    if ('address' in end) return false;
    const isNamespace = namespaceSelector
      ? matches(namespaceSelector, { [NAMESPACE_LABEL]: end.namespace })
      : end.namespace === own;
    return isNamespace && matches(podSelector ?? {}, end.labels);
  });
}

function matches({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector = {}, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`A selector of a policy has the operator ${operator}`);
      return values.includes(labels[key] ?? '');
    })
  );
}

function isIn(cidr: string, address: string): boolean {
  const [network = '', length] = cidr.split('/');
  const mask = length === '0' ? 0 : -1 << (32 - Number(length));
  return (toNumber(network) & mask) === (toNumber(address) & mask);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}
