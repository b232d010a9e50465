/** A kind of object, with the name that its path has at the API server. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

export const NODE = { apiVersion: 'v1', kind: 'Node', plural: 'nodes' } as const;
export const POD = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' } as const;
export const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' } as const;
export const SERVICE = { apiVersion: 'v1', kind: 'Service', plural: 'services' } as const;
export const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
} as const;
export const SECRET = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' } as const;
export const CUSTOM_RESOURCE_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
} as const;
export const SEALED_SECRET = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  plural: 'sealedsecrets',
} as const;
