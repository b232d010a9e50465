import { stringify } from 'yaml';
import type { ClusterSettings, MachineSettings } from './cluster-settings.ts';

/** The part that a machine plays in the cluster. */
export type NodeRole = 'server' | 'agent';

/**
 * The text of a machine's /etc/rancher/k3s/config.yaml (https://docs.k3s.io/installation/configuration).
 *
 * @param token lets machines join; makes the text secret
 */
export function formatNodeSettings(
  { master }: ClusterSettings['machines'],
  machine: MachineSettings,
  token: string,
): string {
  const common = {
    token,
    'node-name': machine.name,
    'node-ip': machine.address,
  };
  if (machine.name !== master.name) {
    return stringify({ ...common, server: `https://${master.address}:6443` });
  }
  return stringify({
    ...common,
    // Not those of agents: a machine that comes or goes must not change the server's certificate.
    'tls-san': [master.address],
    // api-gateway's Service takes the place of an ingress controller.
    disable: ['traefik'],
    'write-kubeconfig-mode': '0600',
    // Scaling up and down is to be seen while one watches, not after five minutes.
    'kube-controller-manager-arg': ['horizontal-pod-autoscaler-sync-period=5s'],
  });
}
