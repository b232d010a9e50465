import { replaceServerFiles, startServer } from '../control-plane/server-files.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import { destroyMachines } from '../machines/vagrant.ts';
import { readClusterState } from '../nodes/cluster-state.ts';
import { findDataLoss, isGitServer } from '../nodes/data-loss.ts';
import { forgetVolumes } from '../nodes/forget.ts';
import { pushLacking, rememberGit } from '../nodes/git-history.ts';
import { type NodeVolume, ownerOf, volumesOn } from '../nodes/node-volumes.ts';
import { refuseLoss } from '../nodes/refuse-loss.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { askControlPlane } from './control-plane-step.ts';

type FindMaster = () => Promise<RemoteMachine>;
type Kubernetes = () => Promise<KubernetesClient>;

const HEARD_TIMEOUT_MS = 180_000;
/** How far the clocks of machines may be apart. */
const CLOCK_TOLERANCE_MS = 3000;

/** Puts a server's files in the place of those that are there, which are kept. */
export function putBackStep(findMaster: FindMaster, serverFiles: Buffer): Step {
  return {
    title: 'Put the data store back',
    run: async () => replaceServerFiles(await findMaster(), serverFiles),
  };
}

/** Starts the server, and notes when. */
export function startServerStep(findMaster: FindMaster, startedAt: { ms: number }): Step {
  return {
    title: 'Start the control plane',
    run: async () => {
      startedAt.ms = Date.now() - CLOCK_TOLERANCE_MS;
      await startServer(await findMaster());
    },
  };
}

/**
 * Waits until the kubelets have spoken since the control plane was started: until then it tells of nodes what
 * was true when the snapshot was made.
 */
export function nodesHeardStep(context: Context, kubernetes: Kubernetes, findSinceMs: () => number): Step {
  const names = listMachines(vagrantMachines(context.cluster.settings)).map(({ name }) => name);
  return {
    title: 'Hear of the nodes',
    run: async (report) => {
      const sinceMs = findSinceMs();
      await (await kubernetes()).waitUntil({
        resource: LEASE,
        namespace: 'kube-node-lease',
        description: 'every node to be heard of',
        timeoutMs: HEARD_TIMEOUT_MS,
        remedy: 'Look into /var/log/k3s.log on the machine that is missing.',
        missing: (leases) => {
          const isHeard = (name: string) => {
            const spec = leases.find(({ metadata }) => metadata?.name === name)?.spec;
            const { renewTime = 0 } = (spec ?? {}) as { renewTime?: string | Date };
            return new Date(renewTime).getTime() >= sinceMs;
          };
          const silent = names.filter((name) => !isHeard(name));
          return silent.length === 0 ? undefined : silent.join(', ');
        },
        onChange: report,
      });
    },
  };
}

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' } as const;

/** Refuses to destroy a master that answers and has data that nobody else has. */
export function refuseLossStep(kubernetes: Kubernetes, name: string, isForced: boolean): Step {
  return {
    title: `Check what would be lost with ${name}`,
    run: async () => {
      const client = await kubernetes();
      const answers = await askControlPlane(client).then(
        () => true,
        () => false,
      );
      if (!answers) return 'the control plane does not answer';
      const state = await readClusterState(client);
      return refuseLoss(findDataLoss(state, volumesOn(state, name)), {
        action: `destroy ${name}`,
        remedy: 'Without --new-machine the snapshot is put back into the machine as it is.',
        isForced,
      });
    },
  };
}

/** Destroys the master's machine. */
export function destroyMasterStep(context: Context): Step {
  const { name } = vagrantMachines(context.cluster.settings).master;
  return {
    title: `Destroy the machine ${name}`,
    run: (report) => destroyMachines(context, report, [name]),
  };
}

/** Forgets the volumes that were on the old master, so that what used them begins anew and clones itself. */
export function loseMasterVolumesStep(kubernetes: Kubernetes, name: string): Step {
  return {
    title: `Forget the volumes of ${name}`,
    run: async (report) => {
      const client = await kubernetes();
      const volumes = volumesOn(await readClusterState(client), name);
      const lost = ownersOfAll(volumes);
      await forgetVolumes(client, name, report);
      if (volumes.length === 0) return 'it had none';
      return lost.length === 0 ? undefined : `lost with the machine: ${lost.join(', ')}`;
    },
  };
}

/**
 * Whose volumes are all among these. Whether members elsewhere are healthy is not known yet: nothing has been
 * heard of them since the control plane was lost.
 */
function ownersOfAll(volumes: readonly NodeVolume[]): string[] {
  const owners = new Set(volumes.filter((one) => !isGitServer(one)).map(ownerOf));
  return [...owners].filter((owner) => {
    const own = volumes.filter((one) => ownerOf(one) === owner);
    return own.length >= (own[0]?.statefulSet?.spec?.replicas ?? 1);
  });
}

/** Gives a git server that lost its volume all that it had. */
export function pushLackingStep(context: Context, kubernetes: Kubernetes): Step {
  return {
    title: 'Push what the git server lacks',
    run: async () => pushLacking(context, await rememberGit(context, await kubernetes())),
  };
}
