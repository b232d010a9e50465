import type { Machine } from '../cluster/fault-cluster.ts';
import { allKinds, type Fault, type FaultRun } from '../fault.ts';
import { needsAgent } from './machines.ts';

const CONTROL_PLANE_DOWN_SECONDS = 60;

/** The container runtime is killed on one node after the other; what kept it running starts it again. */
export const restartContainerd: Fault = {
  name: 'restart-containerd',
  title: 'Restart containerd',
  expected: 'containerd is killed on each node. Containers run on without it, so no request fails.',
  musts: allKinds({ noFailure: true }),
  inject: (run) => killOnEach(run, 'containerd', findContainerd),
};

/** The kubelet is killed on one node after the other. */
export const killKubelet: Fault = {
  name: 'kill-kubelet',
  title: 'Kill the kubelet',
  expected: 'The kubelet is killed on each node. Containers run on without it, so no request fails.',
  musts: allKinds({ noFailure: true }),
  inject: (run) => killOnEach(run, 'the kubelet', findKubelet),
};

/** The service k3s is stopped on the master, and with it API server, controllers and scheduler. */
export const controlPlaneDown: Fault = {
  name: 'control-plane-down',
  title: `Control plane down for ${CONTROL_PLANE_DOWN_SECONDS} s`,
  entry: 'agent',
  expected: 'Pods run on, and requests on the agent are served: at most for 15 s in between they are not.',
  musts: allKinds({ servedWithin: 15 }),
  unfit: needsAgent,
  async inject({ cluster, undo, injecting }) {
    const { remote } = cluster.master;
    injecting('stopping the service k3s on the master');
    undo.defer(async () => {
      await remote.run(controlService('start'));
    });
    await remote.run(controlService('stop'));
    await cluster.hold(CONTROL_PLANE_DOWN_SECONDS);
  },
};

/** @returns a script that starts or stops k3s by OpenRC or systemd, whichever the machine has */
export function controlService(action: 'start' | 'stop'): string {
  return `if command -v rc-service >/dev/null; then rc-service k3s ${action}; else systemctl ${action} k3s; fi`;
}

/** Prints process IDs. The runtime's own programs have longer names. */
const findContainerd = 'pgrep -x containerd';
/** A process of its own where K3s is assembled from packages; else the kubelet is a part of the process k3s. */
const findKubelet = "pgrep -f '^[^ ]*k3s kubelet ' || pgrep -f '^[^ ]*k3s (server|agent)'";

async function killOnEach(run: FaultRun, what: string, find: string): Promise<void> {
  for (const machine of run.cluster.machines) {
    run.injecting(`kill -9 of ${what} on ${machine.name}`);
    await killProcess(run, machine, find);
    await run.settled();
  }
}

async function killProcess({ note }: FaultRun, { remote, name }: Machine, find: string): Promise<void> {
  const { stdout } = await remote.run(
    `pids=$(${find}); for pid in $pids; do tr '\\0' ' ' < "/proc/$pid/cmdline" | cut -c1-60; echo; kill -KILL "$pid"; done`,
  );
  note(`killed on ${name}: ${stdout.trim().replaceAll(/\s*\n\s*/g, ', ')}`);
}
