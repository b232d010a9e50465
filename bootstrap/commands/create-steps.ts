import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import { once } from '../lib/once.ts';
import type { Step, StepGroup } from '../lib/progress.ts';
import { provideMachineImage } from '../machines/machine-image.ts';
import { chooseProvider } from '../machines/provider.ts';
import { provideNodeToken } from '../secrets/node-token.ts';
import type { Context } from '../settings/context.ts';
import { applicationsStep } from '../steps/applications-step.ts';
import { argoCdStep } from '../steps/argocd-step.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { commitStep } from '../steps/commit-step.ts';
import { gitServerStep, pushStep } from '../steps/git-step.ts';
import { k3sStep } from '../steps/k3s-step.ts';
import { machinesStep } from '../steps/machines-step.ts';
import { kubeconfigStep, nodesStep } from '../steps/nodes-step.ts';
import { sealPasswordsStep } from '../steps/seal-passwords-step.ts';
import { sealedSecretsStep } from '../steps/sealed-secrets-step.ts';
import { userKubeconfigStep } from '../steps/user-kubeconfig-step.ts';
import { accessCluster } from './cluster-access.ts';

/** Nothing is reported of what an earlier step has provided already. */
const SILENT = () => {};

/** The steps of `create` after the preflight, in their order. */
export function createSteps(context: Context, artifacts: ClusterArtifacts): (Step | StepGroup)[] {
  const { source } = artifacts;
  const { machines, kubernetes } = accessCluster(context);
  const tools = once(() => source.provideTools(SILENT));
  const manifests = once(() => source.provideManifests(SILENT));
  const kustomize = async () => (await tools()).kustomize;
  const description = once(async () =>
    buildKustomization(context.shell, await kustomize(), context.cluster.folder),
  );
  const namespaces = async () => (await description()).filter((object) => object.kind === 'Namespace');
  return [
    ...artifactSteps(artifacts),
    sealPasswordsStep(context, async () => (await tools()).kubeseal),
    commitStep(context, artifacts.listServiceImages),
    machinesStep(context, () => findMachineImage(context, artifacts)),
    k3sStep(context, machines, {
      k3s: () => source.provideK3s(SILENT),
      archives: async () => {
        const services = await artifacts.provideServiceArchive(SILENT);
        return new Map([...(await source.provideImageArchives(SILENT)), ['services', services]]);
      },
      token: () => provideNodeToken(context.directories.data),
    }),
    kubeconfigStep(context, machines),
    nodesStep(context, kubernetes),
    sealedSecretsStep(context, {
      kubernetes,
      kustomize,
      namespaces,
      manifest: async () => (await manifests()).sealedSecrets,
    }),
    {
      title: 'Start what deploys',
      steps: [
        argoCdStep(context, { kubernetes, kustomize, manifest: async () => (await manifests()).argoCd }),
        gitServerStep(context, { kubernetes, kustomize }),
      ],
    },
    pushStep(context),
    applicationsStep(kubernetes, description),
    userKubeconfigStep(context),
  ];
}

async function findMachineImage(context: Context, artifacts: ClusterArtifacts): Promise<string | undefined> {
  if ((await chooseProvider(context)) !== 'docker') return undefined;
  const baseKey = await artifacts.source.provideBaseImages(SILENT);
  return await provideMachineImage(context, await artifacts.findBuilder(), baseKey, SILENT);
}
