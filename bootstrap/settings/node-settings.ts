import { stringify } from 'yaml';
import type { MachineSettings, VagrantMachines } from './cluster-settings.ts';

/** The part that a machine plays in the cluster. */
export type NodeRole = 'server' | 'agent';

/*
 * How soon a lost node is noticed, and its pods replaced; docs/decisions/0009-recovery-times.md says why. A kubelet
 * renews its lease after a quarter of the lease's duration.
 */
const NODE_LEASE_SECONDS = 16;
const NODE_GRACE_SECONDS = 16;
const NODE_MONITOR_PERIOD_SECONDS = 2;
const EVICTION_DELAY_SECONDS = 3;

/**
 * The disk that must stay free before a kubelet evicts pods, and how much it then frees at least. K3s asks for 5 and
 * 10 % of the disk: of a big one, which a machine that is a container shares with its host, that is so much that a
 * machine which was short of it once takes no pods any more.
 */
const FREE_DISK = '2Gi';
const RECLAIMED_DISK = '512Mi';
const DISKS = ['imagefs', 'nodefs'];

/**
 * The text of a machine's /etc/rancher/k3s/config.yaml (https://docs.k3s.io/installation/configuration).
 *
 * @param token lets machines join; makes the text secret
 */
export function formatNodeSettings(
  { master }: VagrantMachines,
  machine: MachineSettings,
  token: string,
): string {
  const common = {
    token,
    'node-name': machine.name,
    'node-ip': machine.address,
    'kubelet-arg': [
      `eviction-hard=${DISKS.map((disk) => `${disk}.available<${FREE_DISK}`).join(',')}`,
      `eviction-minimum-reclaim=${DISKS.map((disk) => `${disk}.available=${RECLAIMED_DISK}`).join(',')}`,
    ],
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
    // In the data store; the key is beside the server's other credentials (https://docs.k3s.io/security/secrets-encryption).
    'secrets-encryption': true,
    'kube-controller-manager-arg': [
      // Scaling is to be seen while one watches; how soon it goes down is in the manifests.
      'horizontal-pod-autoscaler-sync-period=5s',
      `node-monitor-period=${NODE_MONITOR_PERIOD_SECONDS}s`,
      `node-monitor-grace-period=${NODE_GRACE_SECONDS}s`,
    ],
    'kube-apiserver-arg': [
      `default-not-ready-toleration-seconds=${EVICTION_DELAY_SECONDS}`,
      `default-unreachable-toleration-seconds=${EVICTION_DELAY_SECONDS}`,
    ],
  });
}

/** Where K3s looks for files that are merged into the kubelet's configuration (https://docs.k3s.io/advanced). */
export const KUBELET_SETTINGS_FILE = '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/50-orchestrator.conf';

/**
 * The text of a machine's {@link KUBELET_SETTINGS_FILE}: how often it says that it is alive, for which the kubelet
 * has no argument (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/).
 */
export function formatKubeletSettings(): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    nodeLeaseDurationSeconds: NODE_LEASE_SECONDS,
    // Also the time that a renewal may take.
    nodeStatusUpdateFrequency: `${NODE_LEASE_SECONDS / 4}s`,
    // Unless it is set, the status would be sent that often, changed or not.
    nodeStatusReportFrequency: '5m0s',
  });
}
