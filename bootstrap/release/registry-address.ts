/** The registry that images without one come from, under all of its names. */
const DOCKER_HUB = { host: 'docker.io', api: 'registry-1.docker.io', login: 'https://index.docker.io/v1/' };

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/** The URL of a registry's API. As Docker does, one on this machine is asked without TLS. */
export function registryUrl(registry: string): string {
  if (registry === DOCKER_HUB.host) return `https://${DOCKER_HUB.api}`;
  return `${LOOPBACK.test(registry) ? 'http' : 'https'}://${registry}`;
}

/** The name under which `docker login` notes a registry. */
export function loginName(registry: string): string {
  return registry === DOCKER_HUB.host ? DOCKER_HUB.login : registry;
}

/** An image's name without its registry, as the registry's API calls it. */
export function repositoryPath(registry: string, repository: string): string {
  return repository.slice(registry.length + 1);
}
