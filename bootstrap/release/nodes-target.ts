import { imageReference, type ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import type { Report, Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { importImages } from '../machines/import-images.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import type { Context } from '../settings/context.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { IMAGES_FOLDER } from '../steps/k3s-step.ts';
import type { ImageSupply } from './image-supply.ts';
import type { ReleaseTarget } from './release-target.ts';

/** The ways into a cluster. */
interface ClusterAccess {
  readonly machines: () => Promise<ReadonlyMap<string, RemoteMachine>>;
  readonly kubernetes: () => Promise<KubernetesClient>;
}

/** Delivers images into the nodes themselves, over SSH, into all of them at the same time. */
export function createNodesTarget(
  context: Context,
  { machines, kubernetes }: ClusterAccess,
  images: readonly ServiceImage[],
  supply: ImageSupply,
): ReleaseTarget {
  const { master, agents } = vagrantMachines(context.cluster.settings);
  const names = [master, ...agents].map(({ name }) => name);
  const steps = names.map(
    (name): Step => ({
      title: name,
      run: async (report) => {
        const machine = (await machines()).get(name);
        if (!machine) throw new Error(`Vagrant knows no machine ${name}`);
        return await loadImages(machine, images, supply, report);
      },
    }),
  );
  const reach = reachControlPlaneStep(context, kubernetes);
  return {
    reach: {
      title: 'Reach the nodes',
      run: async (report) => {
        // Vagrant takes seconds to tell how: it may begin now. What fails is told where it is needed.
        void machines().catch(() => undefined);
        await reach.run(report);
        await requireReady(await kubernetes(), names);
      },
    },
    deliver: steps,
    isShared: false,
    place: `on ${names.join(' and ')}`,
  };
}

async function requireReady(kubernetes: KubernetesClient, names: readonly string[]): Promise<void> {
  const nodes = await kubernetes.list(NODE);
  const ready = nodes.filter((node) => hasCondition(node, 'Ready')).map(({ metadata }) => metadata?.name);
  const missing = names.filter((name) => !ready.includes(name));
  if (missing.length === 0) return;
  throw new UserError(
    `Not all nodes are Ready: ${missing.join(', ')} is not, and a pod that is moved there would lack the image.`,
    'Bring it back (./orchestrator.sh start, or ./orchestrator.sh node replace NAME), or take it out (./orchestrator.sh node remove NAME).',
  );
}

/** What is in the images folder is imported whenever K3s starts, too. */
async function loadImages(
  machine: RemoteMachine,
  images: readonly ServiceImage[],
  supply: ImageSupply,
  report: Report,
): Promise<string | undefined> {
  const known = await machine.run('k3s ctr --namespace k8s.io images list --quiet');
  const present = new Set(known.stdout.split('\n').map((line) => line.trim()));
  const missing = images.filter((image) => !present.has(imageReference(image)));
  for (const image of missing) {
    const archive = await supply.saveArchive(image, report);
    const target = `${IMAGES_FOLDER}/service-${image.name}.tar`;
    report(`copying ${image.name}`);
    await machine.copy(archive, target, '0644');
    report(`importing ${image.name}`);
    await importImages(machine, target);
  }
  return missing.length === 0 ? 'has it already' : undefined;
}
