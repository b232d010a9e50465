import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { CUSTOM_RESOURCE_DEFINITION } from '../lib/resource-kinds.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION, ROOT, repositoryOf } from './applications-step.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const APPLICATION_DEFINITION = 'applications.argoproj.io';

/**
 * Has the Applications that follow another repository than they are meant to follow the right one. Left at the
 * old one, they would take back what is applied next: the credential for the new one, too.
 *
 * @param description the objects that the cluster's folder describes
 */
export async function followRepository(
  client: KubernetesClient,
  description: readonly ManagedObject[],
): Promise<void> {
  // A new cluster has no Argo CD yet.
  if (!(await client.read(CUSTOM_RESOURCE_DEFINITION, APPLICATION_DEFINITION))) return;
  const existing = await client.list(APPLICATION, ARGO_CD_NAMESPACE);
  const meant = description.filter(({ kind }) => kind === APPLICATION.kind);
  const moved = meant.filter((application) => {
    const found = existing.find(({ metadata }) => metadata?.name === application.metadata?.name);
    return found && repositoryOf(found) !== repositoryOf(application);
  });
  if (moved.length === 0) return;
  const isRoot = (one: ManagedObject) => one.metadata?.name === ROOT;
  // Whatever still follows the old one is refused by its project, and by the root it would be changed back.
  const projects = description.filter(({ kind }) => kind === 'AppProject');
  for (const objects of [projects, moved.filter(isRoot), moved.filter((one) => !isRoot(one))]) {
    await client.apply(objects, FIELD_MANAGER);
  }
}
