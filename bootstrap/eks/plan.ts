import { formatTable } from '../lib/format-table.ts';
import type { EksMachines } from '../settings/cluster-settings.ts';
import type { Needs } from './needs.ts';
import type { PriceTable } from './price-table.ts';

/** One line of a bill. */
export interface PlanItem {
  readonly what: string;
  /** US dollars a month; `undefined` where the table has no price. */
  readonly monthly: number | undefined;
}

/** What `create` would make in EKS, and what a month of it costs. */
export interface Plan {
  readonly items: readonly PlanItem[];
  /** US dollars a month; `undefined` where a price is not known. */
  readonly total: number | undefined;
  /** Why it would not work; empty where it would. */
  readonly problems: readonly string[];
}

/** The zones in each of which a load balancer has an address. */
const ZONES = 3;
/** A node keeps this part of its memory for itself and the kubelet, roughly (https://github.com/awslabs/amazon-eks-ami). */
const RESERVED_MEMORY = 0.2;

/** Counts what a cluster with these settings is made of, and prices it. */
export function planCluster(machines: EksMachines, needs: Needs, prices: PriceTable): Plan {
  const { region, version, instanceType, nodes, disk } = machines;
  const known = prices.regions[region];
  const hourly = (count: number, price: number | undefined) =>
    price === undefined ? undefined : count * price * prices.hoursPerMonth;
  const byGib = (gib: number) => (known === undefined ? undefined : gib * known.volumeGibMonth);
  const addresses = nodes + ZONES * needs.loadBalancers;
  const items: PlanItem[] = [
    { what: `1 control plane, Kubernetes ${version}`, monthly: hourly(1, known?.controlPlane) },
    { what: `${nodes} nodes ${instanceType}`, monthly: hourly(nodes, known?.instances[instanceType]) },
    { what: `${nodes} disks of nodes, gp3, ${disk} GiB each`, monthly: byGib(nodes * disk) },
    { what: `volumes of components, gp3, ${needs.storage} GiB in all`, monthly: byGib(needs.storage) },
    {
      what: `${needs.loadBalancers} network load balancers, without what goes through them`,
      monthly: hourly(needs.loadBalancers, known?.loadBalancer),
    },
    { what: `${addresses} public IPv4 addresses`, monthly: hourly(addresses, known?.publicAddress) },
  ];
  const total = items.reduce<number | undefined>(
    (sum, { monthly }) => (sum === undefined || monthly === undefined ? undefined : sum + monthly),
    0,
  );
  return { items, total, problems: listProblems(machines, needs, prices) };
}

/** Whether the nodes hold all: every pod needs an address and its memory. */
function listProblems({ instanceType, nodes }: EksMachines, needs: Needs, prices: PriceTable): string[] {
  const type = prices.instances[instanceType];
  // AWS knows more types than the table.
  if (!type) return [];
  const problems: string[] = [];
  if (type.pods * nodes < needs.pods)
    problems.push(
      `${nodes} ${instanceType} have addresses for ${type.pods * nodes} pods, and ${needs.pods} are needed`,
    );
  const memory = Math.floor(type.memory * (1 - RESERVED_MEMORY)) * nodes;
  if (memory < needs.memory)
    problems.push(`${nodes} ${instanceType} have ${memory} MiB for pods, and ${needs.memory} MiB are needed`);
  return problems;
}

/** A plan as a person reads it. */
export function formatPlan(
  clusterName: string,
  { region, zones }: EksMachines,
  { items, total, problems }: Plan,
  prices: PriceTable,
): string {
  const rows = items.map(({ what, monthly }) => [what, formatDollars(monthly)]);
  const lines = [
    `\`create --cluster ${clusterName}\` would make this in ${region} (${zones.join(', ')}); nothing has been made:`,
    formatTable(['what', 'USD a month'], [...rows, ['in all', formatDollars(total)]]),
    `Beside these, which cost nothing: a network with three subnets, roles for the control plane (AmazonEKSClusterPolicy),
the nodes (AmazonEKSWorkerNodePolicy, AmazonEKS_CNI_Policy, AmazonEC2ContainerRegistryReadOnly) and what makes volumes
(AmazonEBSCSIDriverPolicy), and six add-ons.`,
    `Prices of ${prices.date}, on demand, without tax, ${prices.hoursPerMonth} hours; traffic comes on top. They are in bootstrap/eks/prices.yaml.`,
    ...problems.map(
      (problem) => `IT WOULD NOT WORK: ${problem}. Change machines.instanceType or machines.nodes.`,
    ),
  ];
  return lines.join('\n\n');
}

function formatDollars(value: number | undefined): string {
  return value === undefined ? 'price not known' : value.toFixed(2);
}
