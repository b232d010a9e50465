import type { ClusterSettings } from './cluster-settings.ts';
import type { ProxySettings } from './environment.ts';

/**
 * What is added to the environment of programs that are run, so that they reach the cluster's own machines past a proxy,
 * which can't reach them; nothing where there is no proxy.
 */
export function pastProxyVariables(
  { http, https, except }: ProxySettings,
  { master, agents }: ClusterSettings['machines'],
): Record<string, string> {
  if (!http && !https) return {};
  const own = ['localhost', '127.0.0.1', ...[master, ...agents].map(({ address }) => address)];
  const hosts = [...(except ? [except] : []), ...own].join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}
