import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { pullableStep } from '../existing/pullable-step.ts';
import { unownedStep } from '../existing/unowned-step.ts';
import { readHead } from '../lib/git.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import { once } from '../lib/once.ts';
import type { Step, StepGroup } from '../lib/progress.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { hasOwnGitServer } from '../settings/git-source.ts';
import { addressesStep } from '../steps/addresses-step.ts';
import { applicationsStep } from '../steps/applications-step.ts';
import { argoCdStep, buildArgoCd } from '../steps/argocd-step.ts';
import { artifactSteps, toolsStep } from '../steps/artifacts-step.ts';
import { commitStep } from '../steps/commit-step.ts';
import { dnsStep } from '../steps/dns-step.ts';
import { encryptSecretsStep } from '../steps/encrypt-secrets-step.ts';
import { gitServerStep, pushStep } from '../steps/git-step.ts';
import { kubectlStep } from '../steps/kubectl-step.ts';
import { kubeconfigStep, nodesStep } from '../steps/nodes-step.ts';
import { sealPasswordsStep } from '../steps/seal-passwords-step.ts';
import { buildController, listPrerequisites, sealedSecretsStep } from '../steps/sealed-secrets-step.ts';
import { type SourceSteps, sourceSteps } from '../steps/source-steps.ts';
import { userKubeconfigStep } from '../steps/user-kubeconfig-step.ts';
import { accessCluster, type ClusterAccess } from './cluster-access.ts';
import { machineSteps } from './machine-steps.ts';

/** Nothing is reported of what an earlier step has provided already. */
const SILENT = () => {};

/** What the steps of `create` may do. */
export interface CreateOptions {
  readonly mayInstall: boolean;
  /** Whether a person watches, who could do something meanwhile. */
  readonly isWatched: boolean;
  /** What makes the cluster, where that is done elsewhere and takes time or money: late, when all else is known to be right. */
  readonly makeCluster?: readonly Step[];
}

/** The steps of `create` after the preflight, in their order. */
export function createSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { mayInstall, isWatched, makeCluster = [] }: CreateOptions,
): (Step | StepGroup)[] {
  const access = accessCluster(context);
  const tools = once(() => artifacts.source.provideTools(SILENT));
  const kubeseal = async () => (await tools()).kubeseal;
  const isOwn = hasOwnGitServer(context.cluster.settings);
  const source = isOwn ? undefined : sourceSteps(context, { kubeseal, isWatched });
  const isOurs = isVagrant(context.cluster.settings.machines);
  const kustomize = async () => (await tools()).kustomize;
  return [
    ...(source ? [source.check] : []),
    ...(isOurs ? artifactSteps(artifacts) : [toolsStep(artifacts)]),
    sealPasswordsStep(context, kubeseal),
    commitStep(context, artifacts.listServiceImages),
    ...(source ? [source.compare] : []),
    ...makeCluster,
    ...(isOurs
      ? nodeSteps(context, artifacts, access)
      : existingSteps(context, artifacts, access, kustomize)),
    ...deploySteps(context, artifacts, access, { kustomize, source }),
    kubectlStep(context, async () => (await tools()).kubectl, mayInstall),
    userKubeconfigStep(context),
  ];
}

/** From no machine to nodes that are Ready. */
export function nodeSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { machines, kubernetes }: ClusterAccess,
): (Step | StepGroup)[] {
  return [
    ...machineSteps(context, artifacts, machines),
    kubeconfigStep(context, machines),
    nodesStep(context, kubernetes),
    dnsStep(context, kubernetes),
    encryptSecretsStep(kubernetes),
  ];
}

/** Makes sure that a cluster which others made is fit for what comes; changes nothing in it. */
function existingSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { kubernetes }: ClusterAccess,
  kustomize: () => Promise<string>,
): Step[] {
  const { source, listServiceImages } = artifacts;
  const manifests = () => source.provideManifests(SILENT);
  const objects = async () => [
    ...listPrerequisites(await buildKustomization(context.shell, await kustomize(), context.cluster.folder)),
    ...(await buildController(context, {
      kustomize,
      manifest: async () => (await manifests()).sealedSecrets,
    })),
    ...(await buildArgoCd(context, { kustomize, manifest: async () => (await manifests()).argoCd })),
  ];
  return [unownedStep(context, kubernetes, objects), pullableStep(context, kubernetes, listServiceImages)];
}

/** What the steps that deploy take from others. */
interface DeployInputs {
  readonly kustomize: () => Promise<string>;
  /** Of a cluster that follows a repository elsewhere. */
  readonly source: SourceSteps | undefined;
}

/** From empty nodes to Applications that are synced and healthy. */
function deploySteps(
  context: Context,
  { source }: ClusterArtifacts,
  { kubernetes }: ClusterAccess,
  { kustomize, source: elsewhere }: DeployInputs,
): (Step | StepGroup)[] {
  const { shell, repository, cluster } = context;
  const manifests = once(() => source.provideManifests(SILENT));
  const description = once(async () => buildKustomization(shell, await kustomize(), cluster.folder));
  const sealedSecrets = async () => (await manifests()).sealedSecrets;
  const argoCd = async () => (await manifests()).argoCd;
  const revision = elsewhere?.revision ?? (() => readHead(shell, repository));
  return [
    sealedSecretsStep(context, { kubernetes, kustomize, description, manifest: sealedSecrets }),
    {
      title: 'Start what deploys',
      steps: [
        argoCdStep(context, { kubernetes, kustomize, manifest: argoCd }),
        ...(elsewhere ? [] : [gitServerStep(context, { kubernetes, kustomize })]),
      ],
    },
    elsewhere ? elsewhere.awaitPush : pushStep(context, kubernetes),
    applicationsStep({ kubernetes, description, revision, isShared: elsewhere !== undefined }),
    addressesStep(cluster.settings.machines, kubernetes),
  ];
}
