import type { ClusterSettings } from './cluster-settings.ts';

/** The cluster's own git server: where it is reached from inside, and at which port from outside. */
export const GIT_SERVER = {
  host: 'git-server.git.svc.cluster.local',
  port: 8443,
  path: '/git/cluster.git',
} as const;

/** The remote that `create` adds to the clone. */
export const GIT_REMOTE = 'cluster';

/** Whether the cluster brings its own git server. */
export function hasOwnGitServer(settings: ClusterSettings): boolean {
  return settings.git.source === 'cluster';
}

/** The URL by which Argo CD reads the repository. */
export function gitRepositoryUrl(settings: ClusterSettings): string {
  const { host, port, path } = GIT_SERVER;
  return hasOwnGitServer(settings) ? `https://${host}:${port}${path}` : settings.git.source;
}

/** The path, in the repository that Argo CD follows, of a folder of this clone. */
export function inRepository({ git }: ClusterSettings, folder: string): string {
  return git.path === '.' ? folder : `${git.path}/${folder}`;
}

/** Where Argo CD is told of pushes; `host` is where it answers. */
export function webhookUrl(host: string): string {
  return `https://${host}/api/webhook`;
}

/** The URL by which a person pushes to the cluster's own git server; `host` is where that answers. */
export function gitPushUrl(host: string): string {
  return `https://${host}:${GIT_SERVER.port}${GIT_SERVER.path}`;
}
