/** The namespaces of a cluster, as apps/ names them. */
export const COMPONENTS_NAMESPACE = 'movies';
export const GIT_NAMESPACE = 'git';
/** What keeps logs and metrics. */
export const OBSERVABILITY_NAMESPACE = 'observability';
/** What runs on every node and reads files of it. */
export const NODE_AGENTS_NAMESPACE = 'node-agents';
/** Standard dashboards, where a cluster has some. */
export const ADDONS_NAMESPACE = 'addons';
export const ARGO_CD_NAMESPACE = 'argocd';
/** Where sealed-secrets' controller runs; kubeseal looks for it there. */
export const SEALED_SECRETS_NAMESPACE = 'kube-system';
