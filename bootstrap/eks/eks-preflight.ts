import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import type { Finding } from '../checks/finding.ts';
import { inspectHost } from '../checks/preflight.ts';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';
import { type AwsClients, readCaller } from './aws-clients.ts';
import { describeComponents } from './describe-components.ts';
import { addUpNeeds } from './needs.ts';
import { formatPlan, type Plan, planCluster } from './plan.ts';
import { readPriceTable } from './price-table.ts';

/** A plan, and how a person reads it. */
export interface PrintedPlan extends Plan {
  readonly text: string;
}

/** Counts and prices what `create` would make; makes nothing, and asks AWS nothing. */
export async function makePlan(context: Context, artifacts: ClusterArtifacts): Promise<PrintedPlan> {
  const machines = eksMachines(context.cluster);
  const { kustomize } = await artifacts.source.provideTools(() => {});
  const objects = await describeComponents(context, await artifacts.listServiceImages(), kustomize);
  const prices = await readPriceTable();
  const plan = planCluster(machines, addUpNeeds(objects, machines.nodes), prices);
  return { ...plan, text: formatPlan(context.cluster.name, machines, plan, prices) };
}

/** Looks at all that `create` needs of this machine, of AWS and of the settings; changes nothing. */
export async function inspectEks(
  context: Context,
  clients: AwsClients,
  artifacts: ClusterArtifacts,
): Promise<Finding[]> {
  const host = await inspectHost(context, artifacts.source.name === 'packages');
  const found = [...host, await checkCaller(clients)];
  // The plan takes a tool that what is missing on this machine may have to make.
  if (found.some(({ isFine }) => !isFine)) return found;
  return [...found, checkPlan(await makePlan(context, artifacts))];
}

async function checkCaller(clients: AwsClients): Promise<Finding> {
  const subject = 'aws';
  try {
    return { subject, isFine: true, detail: await readCaller(clients) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { subject, isFine: false, detail: error.message, remedy: error.remedy };
  }
}

function checkPlan({ problems, total }: Plan): Finding {
  const subject = 'nodes';
  if (problems.length > 0) {
    const remedy = 'Set another machines.instanceType, or more machines.nodes, in cluster.yaml.';
    return { subject, isFine: false, detail: problems.join('; '), remedy };
  }
  const cost = total === undefined ? 'price not known' : `about ${total.toFixed(0)} USD a month`;
  return { subject, isFine: true, detail: `enough for all; ${cost} (create --plan)` };
}
