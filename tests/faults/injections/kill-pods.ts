import { DATABASES, findMembers } from '../cluster/databases.ts';
import { listPods, type Pod } from '../cluster/pods.ts';
import { allKinds, type Fault, type FaultRun } from '../fault.ts';

/** One pod of each component is gone from one moment to the next, one component after the other. */
export const killPods: Fault = {
  name: 'kill-pods',
  title: 'Kill each component’s pod',
  expected:
    'Each component’s pod, deleted by force one after the other (of a database, the leader), is replaced, and all is served again within 15 s.',
  musts: allKinds({ servedWithin: 15 }),
  async inject(run) {
    for (const component of await listComponents(run)) {
      const pod = await choosePod(run, component);
      run.injecting(`killing ${pod.name}`);
      await forceDelete(run, [pod]);
      await run.settled();
    }
  },
};

/** All brokers are gone at once. */
export const killBrokers: Fault = {
  name: 'kill-brokers',
  title: 'Kill all broker pods at once',
  expected:
    'Orders are refused (503) until the brokers are back, within 45 s; accepted ones are kept; movies are served all the time.',
  musts: { read: { noFailure: true }, movie: { noFailure: true }, order: { servedWithin: 45 } },
  async inject(run) {
    const pods = (await listPods(run.cluster)).filter(({ component }) => component === 'rabbitmq');
    run.injecting(`killing ${pods.map(({ name }) => name).join(', ')}`);
    await forceDelete(run, pods);
  },
};

/** The Deployments of the components' namespace are deleted by hand. */
export const deleteDeployments: Fault = {
  name: 'delete-deployments',
  title: 'Delete the namespace’s Deployments',
  expected: 'Argo CD brings them back by itself, and all is served again within 60 s.',
  musts: allKinds({ servedWithin: 60 }),
  async inject({ cluster, injecting }) {
    injecting('deleting all Deployments');
    await cluster.kubectl('delete', 'deployments', '--all', '--wait=false');
  },
};

async function listComponents({ cluster }: FaultRun): Promise<readonly string[]> {
  const components = (await listPods(cluster)).map(({ component }) => component);
  return [...new Set(components)].filter((component) => component !== '').sort();
}

async function choosePod({ cluster }: FaultRun, component: string): Promise<Pod> {
  const database = DATABASES.find((one) => one.component === component);
  if (database) return (await findMembers(cluster, database)).leader;
  const pod = (await listPods(cluster)).find((one) => one.component === component);
  if (!pod) throw new Error(`${component} has no pod`);
  return pod;
}

async function forceDelete({ cluster }: FaultRun, pods: readonly Pod[]): Promise<void> {
  await cluster.kubectl(
    'delete',
    'pods',
    ...pods.map(({ name }) => name),
    '--force',
    '--grace-period=0',
    '--wait=false',
  );
}
