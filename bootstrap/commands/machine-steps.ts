import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { noteSource } from '../artifacts/source.ts';
import { once } from '../lib/once.ts';
import type { Step, StepGroup } from '../lib/progress.ts';
import { provideMachineImage } from '../machines/machine-image.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import { provideNodeToken } from '../secrets/node-token.ts';
import type { Context } from '../settings/context.ts';
import { k3sStep } from '../steps/k3s-step.ts';
import { machinesStep } from '../steps/machines-step.ts';

/** Nothing is reported of what an earlier step has provided already. */
const SILENT = () => {};

/** From a machine's settings to a machine whose Kubernetes runs. */
export function machineSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  machines: () => Promise<ReadonlyMap<string, RemoteMachine>>,
  only: readonly string[] = [],
): [Step, StepGroup] {
  const { source, provideServiceArchive, findBuilder } = artifacts;
  const provideContainerMachine = async () => {
    const builder = await findBuilder();
    const baseKey = await source.provideBaseImages(SILENT);
    const image = await provideMachineImage(context, builder, baseKey, SILENT);
    return { docker: builder.docker.file, image };
  };
  // All machines ask at the same time, and must be given the same.
  const files = {
    source: source.name,
    k3s: once(async () => {
      await noteSource(context, source.name);
      return await source.provideK3s(SILENT);
    }),
    cosign: once(() => source.provideCosign(SILENT)),
    archives: once(async () => {
      const services = await provideServiceArchive(SILENT);
      return new Map([...(await source.provideImageArchives(SILENT)), ['services', services]]);
    }),
    token: once(() => provideNodeToken(context.directories.data)),
  };
  return [machinesStep(context, provideContainerMachine, only), k3sStep(context, machines, files, only)];
}
