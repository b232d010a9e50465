/**
 * The name by which Argo CD applies. What `create` has to apply before Argo CD can is applied under the same
 * name, so that Argo CD takes it over whole: a field that later leaves git leaves the cluster, too.
 */
export const FIELD_MANAGER = 'argocd-controller';
