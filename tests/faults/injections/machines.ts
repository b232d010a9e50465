import type { FaultCluster, Machine } from '../cluster/fault-cluster.ts';
import { powerOff, startStoppedMachines } from '../cluster/machine-power.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import { allKinds, type Fault, type FaultRun } from '../fault.ts';

/** How long a machine is off: longer than it takes to serve from the others. */
const OFF_SECONDS = 50;

/** Says why a fault that needs a second machine can't be run. */
export async function needsAgent({ agents }: FaultCluster): Promise<string | undefined> {
  return await Promise.resolve(agents.length === 0 ? 'the cluster has one machine only' : undefined);
}

/** @throws Error where there is no agent, which {@link needsAgent} rules out */
export function firstAgent({ agents }: FaultCluster): Machine {
  const [agent] = agents;
  if (!agent) throw new Error('The cluster has no agent');
  return agent;
}

/** The machine without the control plane loses its power. */
export const stopAgent: Fault = {
  name: 'stop-agent',
  title: 'Stop the agent machine',
  expected: `The agent loses its power for ${OFF_SECONDS} s. Stateless pods serve elsewhere and databases have a leader on the master within 30 s. Orders too, where the master has most of the brokers; else they are refused until the agent is back.`,
  musts: {
    read: { servedWithin: 30 },
    movie: { servedWithin: 30 },
    order: { servedWithinOfHealing: 60 },
  },
  unfit: needsAgent,
  inject: (run) => loseMachine(run, firstAgent(run.cluster)),
};

/** The machine with the control plane loses its power. */
export const stopMaster: Fault = {
  name: 'stop-master',
  title: 'Stop the master machine',
  entry: 'agent',
  expected: `The master loses its power for ${OFF_SECONDS} s. There is one control plane, so nothing moves to the agent meanwhile, and requests may fail. When it is back, all is served again within 90 s without help, and nothing acknowledged is lost.`,
  musts: allKinds({ servedWithinOfHealing: 90 }),
  unfit: needsAgent,
  inject: (run) => loseMachine(run, run.cluster.master),
};

/** All machines are halted in order, and started. */
export const stopCluster: Fault = {
  name: 'stop-cluster',
  title: 'Full cluster stop and start',
  expected:
    '`./orchestrator.sh stop` and `start` lose nothing that was acknowledged; all is served within 60 s of the end of `start`.',
  musts: allKinds({ servedWithinOfHealing: 60 }),
  async inject({ cluster, undo, injecting }) {
    injecting('./orchestrator.sh stop');
    undo.defer(async () => {
      await cluster.orchestrator('start');
    });
    await cluster.orchestrator('stop');
  },
};

async function loseMachine(run: FaultRun, machine: Machine): Promise<void> {
  const { cluster, undo, injecting, note } = run;
  injecting(`${machine.name} loses its power`);
  undo.defer(async () => {
    await startStoppedMachines(cluster.context);
    await answersBySsh(cluster, machine);
  });
  note(await powerOff(cluster, machine));
  await cluster.hold(OFF_SECONDS);
}

async function answersBySsh({ context }: FaultCluster, { remote, name }: Machine): Promise<void> {
  const wait = { description: `${name} answering by SSH`, timeoutMs: 60_000, signal: context.signal };
  await waitUntil(wait, async () => ((await remote.attempt('true')).exitCode === 0 ? [] : ['no answer']));
}
