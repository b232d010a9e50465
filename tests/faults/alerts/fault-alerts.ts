/**
 * Which alert each fault of tests/faults makes fire, among others; `undefined` where none has to: what is planned, or
 * mended before anybody notices. docs/runbooks/alerts.md has the same as a table.
 */
export const FAULT_ALERTS: Readonly<Record<string, string | undefined>> = {
  'kill-pods': 'ComponentRestarted',
  'kill-leader': 'DatabaseFailedOver',
  'fill-volume': 'DiskNearlyFull',
  'freeze-leader': 'DatabaseFailedOver',
  'kill-brokers': 'BrokerWithoutMajority',
  'stop-agent': 'NodeDown',
  'stop-master': 'NothingWatched',
  partition: 'NodeDown',
  'restart-containerd': 'ContainerRuntimeFails',
  'kill-kubelet': 'KubeletRestarted',
  'control-plane-down': 'ControlPlaneDown',
  'dns-down': 'DnsDown',
  'clock-jump': 'DatabaseClockWrong',
  'slow-network': 'NetworkSlow',
  'rolling-update': undefined,
  drain: 'DatabaseWithoutStandby',
  'delete-claim': 'DatabaseWithoutStandby',
  'delete-deployments': 'ComponentRestarted',
  'corrupt-replica': 'DatabaseWithoutStandby',
  'stop-cluster': 'NothingWatched',
};
