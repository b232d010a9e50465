import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { readHead } from '../lib/git.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import { once } from '../lib/once.ts';
import type { Step, StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { hasOwnGitServer } from '../settings/git-source.ts';
import { applicationsStep } from '../steps/applications-step.ts';
import { argoCdStep } from '../steps/argocd-step.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { commitStep } from '../steps/commit-step.ts';
import { dnsStep } from '../steps/dns-step.ts';
import { gitServerStep, pushStep } from '../steps/git-step.ts';
import { kubectlStep } from '../steps/kubectl-step.ts';
import { kubeconfigStep, nodesStep } from '../steps/nodes-step.ts';
import { sealPasswordsStep } from '../steps/seal-passwords-step.ts';
import { sealedSecretsStep } from '../steps/sealed-secrets-step.ts';
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
}

/** The steps of `create` after the preflight, in their order. */
export function createSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { mayInstall, isWatched }: CreateOptions,
): (Step | StepGroup)[] {
  const access = accessCluster(context);
  const tools = once(() => artifacts.source.provideTools(SILENT));
  const kubeseal = async () => (await tools()).kubeseal;
  const isOwn = hasOwnGitServer(context.cluster.settings);
  const source = isOwn ? undefined : sourceSteps(context, { kubeseal, isWatched });
  return [
    ...(source ? [source.check] : []),
    ...artifactSteps(artifacts),
    sealPasswordsStep(context, kubeseal),
    commitStep(context, artifacts.listServiceImages),
    ...(source ? [source.compare] : []),
    ...nodeSteps(context, artifacts, access),
    ...deploySteps(context, artifacts, access, { kustomize: async () => (await tools()).kustomize, source }),
    kubectlStep(context, async () => (await tools()).kubectl, mayInstall),
    userKubeconfigStep(context),
  ];
}

/** From no machine to nodes that are Ready. */
function nodeSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { machines, kubernetes }: ClusterAccess,
): (Step | StepGroup)[] {
  return [
    ...machineSteps(context, artifacts, machines),
    kubeconfigStep(context, machines),
    nodesStep(context, kubernetes),
    dnsStep(context, kubernetes),
  ];
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
    elsewhere ? elsewhere.awaitPush : pushStep(context),
    applicationsStep({ kubernetes, description, revision, isShared: elsewhere !== undefined }),
  ];
}
