import { join } from 'node:path';
import {
  type FollowedRepository,
  followRepository,
  PARAMETERS,
  SETTINGS,
} from '../git-source/follow-repository.ts';
import { formatRepositoryPolicy, REPOSITORY_POLICY } from '../git-source/repository-policy.ts';
import { readSourceTrust } from '../git-source/source-trust.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildInstallation } from '../lib/kustomize.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { SERVICE } from '../lib/resource-kinds.ts';
import { DEPLOYMENT, pullIfNotPresent, rolledOut, rollOutWith, STATEFUL_SET } from '../lib/workloads.ts';
import { provideGitAccess } from '../secrets/git-access.ts';
import { type ClusterSettings, isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_SERVER, hasOwnGitServer } from '../settings/git-source.ts';
import { parseGitUrl } from '../settings/git-url.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const SETTINGS_FOLDER = join(import.meta.dirname, '..', 'argocd');
const SERVER = 'argocd-server';
const TIMEOUT_MS = 300_000;

/** What the step takes from others. */
export interface ArgoCdInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  /** Argo CD's install manifest. */
  readonly manifest: () => Promise<string>;
  readonly kustomize: () => Promise<string>;
}

/** Installs Argo CD with this project's settings, and waits until it runs. */
export function argoCdStep(context: Context, inputs: ArgoCdInputs): Step {
  return {
    title: 'Start Argo CD',
    run: async (report) => {
      const kubernetes = await inputs.kubernetes();
      const objects = await buildArgoCd(context, inputs);
      await kubernetes.apply(objects, FIELD_MANAGER);
      await letReachRepository(kubernetes, context.cluster.settings);
      const wait = (kind: typeof DEPLOYMENT | typeof STATEFUL_SET) =>
        kubernetes.waitUntil({
          ...rolledOut(objects, kind, ARGO_CD_NAMESPACE, TIMEOUT_MS),
          onChange: (missing) => report(`waiting for ${missing}`),
        });
      await Promise.all([wait(DEPLOYMENT), wait(STATEFUL_SET)]);
      return undefined;
    },
  };
}

async function letReachRepository(kubernetes: KubernetesClient, settings: ClusterSettings): Promise<void> {
  const port = hasOwnGitServer(settings) ? undefined : parseGitUrl(settings.git.source)?.port;
  if (port) await kubernetes.apply([formatRepositoryPolicy(port)], FIELD_MANAGER);
  else await kubernetes.remove(REPOSITORY_POLICY, REPOSITORY_POLICY.name, ARGO_CD_NAMESPACE);
}

/** The objects of Argo CD, with this project's settings. */
export async function buildArgoCd(
  context: Context,
  inputs: Pick<ArgoCdInputs, 'manifest' | 'kustomize'>,
): Promise<ManagedObject[]> {
  const [kustomize, manifest] = [await inputs.kustomize(), await inputs.manifest()];
  const built = await buildInstallation(context.shell, kustomize, SETTINGS_FOLDER, manifest);
  const configured = followRepository(pullIfNotPresent(built), await findRepository(context));
  const objects = rollOutWith(rollOutWith(configured, PARAMETERS), SETTINGS);
  return isVagrant(context.cluster.settings.machines) ? objects : objects.map(keepInside);
}

/** On machines that are not next door a load balancer would open Argo CD to the world, and cost money. */
function keepInside(object: ManagedObject): ManagedObject {
  if (object.kind !== SERVICE.kind || object.metadata?.name !== SERVER) return object;
  return { ...object, spec: { ...(object.spec as object), type: 'ClusterIP' } };
}

/** The repository that Argo CD is to follow, and what its host is known by. */
async function findRepository(context: Context): Promise<FollowedRepository> {
  const { settings } = context.cluster;
  const pollSeconds = settings.git.poll;
  if (hasOwnGitServer(settings)) {
    const { certificate } = await provideGitAccess(context);
    return { host: GIT_SERVER.host, pollSeconds, isNextDoor: true, trust: { authority: certificate } };
  }
  const host = parseGitUrl(settings.git.source)?.host ?? '';
  return { host, pollSeconds, isNextDoor: false, trust: await readSourceTrust(context.cluster) };
}
