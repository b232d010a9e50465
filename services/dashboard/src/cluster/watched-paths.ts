import type { WatchedKind } from './objects.ts';

/** Where the objects of a kind are at the API server. */
export interface WatchedPath {
  readonly kind: WatchedKind;
  readonly path: string;
}

const namespaced: readonly (readonly [WatchedKind, string])[] = [
  ['Pod', '/api/v1/namespaces/NAMESPACE/pods'],
  ['Event', '/api/v1/namespaces/NAMESPACE/events'],
  ['Deployment', '/apis/apps/v1/namespaces/NAMESPACE/deployments'],
  ['StatefulSet', '/apis/apps/v1/namespaces/NAMESPACE/statefulsets'],
  ['DaemonSet', '/apis/apps/v1/namespaces/NAMESPACE/daemonsets'],
  ['ReplicaSet', '/apis/apps/v1/namespaces/NAMESPACE/replicasets'],
];

/**
 * All that is watched; the roles in apps/access allow just that.
 * @param namespaces those whose pods are shown
 * @param argoCdNamespace where the Applications are
 */
export function listWatchedPaths(namespaces: readonly string[], argoCdNamespace: string): WatchedPath[] {
  return [
    { kind: 'Node', path: '/api/v1/nodes' },
    { kind: 'Application', path: `/apis/argoproj.io/v1alpha1/namespaces/${argoCdNamespace}/applications` },
    ...namespaces.flatMap((namespace) =>
      namespaced.map(([kind, path]) => ({ kind, path: path.replace('NAMESPACE', namespace) })),
    ),
  ];
}
