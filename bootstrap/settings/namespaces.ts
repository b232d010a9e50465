/** The namespaces of a cluster, as apps/ names them. */
export const COMPONENTS_NAMESPACE = 'movies';
export const GIT_NAMESPACE = 'git';
export const ARGO_CD_NAMESPACE = 'argocd';
/** Where sealed-secrets' controller runs; kubeseal looks for it there. */
export const SEALED_SECRETS_NAMESPACE = 'kube-system';
