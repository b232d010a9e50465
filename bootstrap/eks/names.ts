/** The name that a cluster of this repository has in an AWS account, as a cluster and as a stack. */
export function eksName(clusterName: string): string {
  return `orchestrator-${clusterName}`;
}
