import { join } from 'node:path';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { buildInstallation } from '../lib/kustomize.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { DEPLOYMENT, pullIfNotPresent, rolledOut, rollOutWith, STATEFUL_SET } from '../lib/workloads.ts';
import { type GitAccess, provideGitAccess } from '../secrets/git-access.ts';
import type { Context } from '../settings/context.ts';
import { GIT_SERVER } from '../settings/git-source.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const SETTINGS_FOLDER = join(import.meta.dirname, '..', 'argocd');
/** Argo CD's ConfigMap of parameters, which its programs read when they start. */
const PARAMETERS = 'argocd-cmd-params-cm';
/** Argo CD's ConfigMap of certificates, by host. */
const TRUSTED_CERTIFICATES = 'argocd-tls-certs-cm';
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
      const [kustomize, manifest] = [await inputs.kustomize(), await inputs.manifest()];
      const built = await buildInstallation(context.shell, kustomize, SETTINGS_FOLDER, manifest);
      const objects = rollOutWith(pullIfNotPresent(built), PARAMETERS);
      const access = await provideGitAccess(context);
      await kubernetes.apply(trustGitServer(objects, access), FIELD_MANAGER);
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

/** Has Argo CD trust the certificate of the git server, which signed itself. */
function trustGitServer(objects: readonly ManagedObject[], access: GitAccess): ManagedObject[] {
  return objects.map((object) =>
    object.metadata?.name === TRUSTED_CERTIFICATES
      ? { ...object, data: { ...object.data, [GIT_SERVER.host]: access.certificate } }
      : object,
  );
}
