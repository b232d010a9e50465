import { isVagrant, type Machines } from './cluster-settings.ts';
import type { ProxySettings } from './environment.ts';
import { listMachines } from './list-machines.ts';

/**
 * What is added to the environment of programs that are run, so that they reach the cluster's own machines past a proxy,
 * which can't reach them; nothing where there is no proxy.
 */
export function pastProxyVariables(
  { http, https, except }: ProxySettings,
  machines: Machines,
): Record<string, string> {
  if (!http && !https) return {};
  const addresses = isVagrant(machines) ? listMachines(machines).map(({ address }) => address) : [];
  const own = ['localhost', '127.0.0.1', ...addresses];
  const hosts = [...(except ? [except] : []), ...own].join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}
