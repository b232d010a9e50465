import { COMPONENTS_NAMESPACE } from '../../../bootstrap/settings/namespaces.ts';
import { allKinds, type Fault } from '../fault.ts';
import { firstAgent, needsAgent } from './machines.ts';

/** Every workload gets new pods, one after the other, as a new image would give it. */
export const rollingUpdate: Fault = {
  name: 'rolling-update',
  title: 'Rolling update of every component',
  expected: 'Every workload is rolled out anew, one after the other, and no request fails.',
  musts: allKinds({ noFailure: true }),
  async inject(run) {
    const { cluster } = run;
    const names = await cluster.kubectl('get', 'deployments,statefulsets', '--output=name');
    for (const name of names.trim().split('\n')) {
      run.injecting(`rolling out ${name.replace('.apps', '')}`);
      await cluster.kubectl('rollout', 'restart', name);
      await cluster.tryKubectl(['rollout', 'status', name, '--timeout=180s']);
      await run.settled();
    }
  },
};

/** A node is emptied in order. */
export const drain: Fault = {
  name: 'drain',
  title: 'Node drain',
  expected:
    'kubectl drain of the agent ends within its time limit; movies and orders are served within 15 s, also while the node is empty.',
  musts: allKinds({ servedWithin: 15 }),
  unfit: needsAgent,
  async inject({ cluster, undo, injecting, note }) {
    const { name } = firstAgent(cluster);
    injecting(`draining ${name}`);
    undo.defer(async () => {
      await cluster.kubectl('uncordon', name);
    });
    const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s'];
    const startedMs = performance.now();
    const drained = await cluster.tryKubectl(['drain', name, '--request-timeout=0', ...options]);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    if (drained.exitCode !== 0)
      throw new Error(`The drain did not end: ${drained.stderr.trim().split('\n').at(-1)}`);
    note(`the drain took ${seconds} s, in the namespace ${COMPONENTS_NAMESPACE} and all others`);
    await cluster.hold(10);
  },
};
