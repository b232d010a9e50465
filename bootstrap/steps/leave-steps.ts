import type { KubernetesClient } from '../lib/kubernetes.ts';
import { once } from '../lib/once.ts';
import type { Report, Step } from '../lib/progress.ts';
import { destroyMachines, readMachineStates } from '../machines/vagrant.ts';
import { readClusterState } from '../nodes/cluster-state.ts';
import { findDataLoss } from '../nodes/data-loss.ts';
import { cordon, drain } from '../nodes/drain.ts';
import { forgetNode } from '../nodes/forget.ts';
import { type GitRefs, pushLacking, rememberGit } from '../nodes/git-history.ts';
import { isNodeReady } from '../nodes/is-node-ready.ts';
import { moveVolumes } from '../nodes/move-volumes.ts';
import { ownerOf, volumesOn } from '../nodes/node-volumes.ts';
import { refuseLoss } from '../nodes/refuse-loss.ts';
import type { Context } from '../settings/context.ts';

/** How a node is made to leave. */
export interface LeaveOptions {
  readonly timeoutMs: number;
  /** Loses what has no other copy, and evicts what nothing makes anew. */
  readonly isForced: boolean;
  /** Whether another machine takes its place: then members come back there instead of moving elsewhere. */
  readonly isReplaced: boolean;
}

/**
 * Everything from looking at what a node has to a cluster that doesn't know it any more, and a step for later
 * that gives a git server that lost its volume all that it had.
 */
export function leaveSteps(
  context: Context,
  kubernetes: () => Promise<KubernetesClient>,
  name: string,
  options: LeaveOptions,
): { readonly leave: Step[]; readonly pushAgain: Step } {
  const remember = once(async () => rememberGit(context, await kubernetes()));
  const refs = async (): Promise<GitRefs> =>
    options.isForced ? await remember().catch(() => new Map<string, string>()) : await remember();
  const leave = [
    checkStep(context, kubernetes, name, options, async () => void (await refs())),
    emptyStep(context, kubernetes, name, options),
    destroyStep(context, name),
    forgetStep(kubernetes, name),
  ];
  const pushAgain = {
    title: 'Push what the git server lacks',
    run: async () => pushLacking(context, await refs()),
  };
  return { leave, pushAgain };
}

/** Refuses what would lose data; changes nothing. */
function checkStep(
  context: Context,
  kubernetes: () => Promise<KubernetesClient>,
  name: string,
  { isForced, isReplaced }: LeaveOptions,
  rememberRefs: () => Promise<void>,
): Step {
  return {
    title: `Check what would be lost with ${name}`,
    run: async () => {
      await rememberRefs();
      const client = await kubernetes();
      const state = await readClusterState(client);
      const volumes = volumesOn(state, name);
      // From a node that is alive members leave one after the other, so each may rely on the others.
      const losses = (await isAlive(context, client, name))
        ? volumes.flatMap((volume) => findDataLoss(state, [volume]))
        : findDataLoss(state, volumes);
      if (volumes.length === 0) return 'it has no volumes';
      const remedies = [...new Set(losses.map(({ remedy }) => remedy))];
      return refuseLoss(losses, {
        action: `${isReplaced ? 'replace' : 'remove'} ${name}`,
        remedy: `${remedies.join('. ')}.`,
        isForced,
      });
    },
  };
}

/** Takes all off a node that is alive, as far as there is another place for it. */
function emptyStep(
  context: Context,
  kubernetes: () => Promise<KubernetesClient>,
  name: string,
  { timeoutMs, isForced, isReplaced }: LeaveOptions,
): Step {
  return {
    title: `Empty ${name}`,
    run: async (report) => {
      const client = await kubernetes();
      if (!(await isAlive(context, client, name))) return 'it is not alive';
      const state = await readClusterState(client);
      await cordon(client, name);
      // Where the node comes back, only those move whose set could not do without all that are here.
      const endangered = findDataLoss(state, volumesOn(state, name)).map(({ owner }) => owner);
      await moveVolumes(
        client,
        name,
        {
          timeoutMs,
          isForced,
          isMeant: (one) => !isReplaced || (!isForced && endangered.includes(ownerOf(one))),
        },
        report,
      );
      await drain(client, name, { timeoutMs, isForced, mayDie: true }, report);
      return undefined;
    },
  };
}

/** Kubernetes believes in a node for a while after its machine has gone: both are asked. */
async function isAlive(context: Context, client: KubernetesClient, name: string): Promise<boolean> {
  return (await isNodeReady(client, name)) && (await readMachineStates(context)).get(name) === 'running';
}

function destroyStep(context: Context, name: string): Step {
  return {
    title: `Destroy the machine ${name}`,
    run: async (report: Report) => {
      if ((await readMachineStates(context)).get(name) === 'missing') return 'it is gone already';
      await destroyMachines(context, report, [name]);
      return undefined;
    },
  };
}

function forgetStep(kubernetes: () => Promise<KubernetesClient>, name: string): Step {
  return {
    title: `Forget the node ${name}`,
    run: async (report) => forgetNode(await kubernetes(), name, report),
  };
}
