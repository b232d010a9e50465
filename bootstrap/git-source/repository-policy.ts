import type { ManagedObject } from '../lib/managed-object.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';

/** The NetworkPolicy by which Argo CD reaches a repository elsewhere. */
export const REPOSITORY_POLICY = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  name: 'git-elsewhere',
} as const;

/** K3s's networks of pods and Services (https://docs.k3s.io/cli/server#networking). */
const CLUSTER_NETWORKS = ['10.42.0.0/16', '10.43.0.0/16'];

/**
 * Lets what makes manifests reach any address outside of the cluster, at the port of the repository's URL: a policy
 * knows no names. It is no part of what Argo CD applies: at the old repository, Argo CD would take back what it needs
 * to reach the new one.
 */
export function formatRepositoryPolicy(port: number): ManagedObject {
  const { apiVersion, kind, name } = REPOSITORY_POLICY;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: ARGO_CD_NAMESPACE,
      labels: { 'app.kubernetes.io/part-of': 'orchestrator' },
    },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'argocd-repo-server' } },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: CLUSTER_NETWORKS } }],
          ports: [{ protocol: 'TCP', port }],
        },
      ],
    },
  };
}
