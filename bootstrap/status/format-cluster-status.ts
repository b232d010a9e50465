import { formatTable } from '../lib/format-table.ts';
import type { ClusterStatus, NodeStatus } from './cluster-status.ts';

/** A status as tables for a person. */
export function formatClusterStatus(status: ClusterStatus): string {
  const { cluster, isRunning, machines, nodes, applications, addresses, backup, problem } = status;
  const versionOf = (name: string) => nodes.find((node) => node.name === name);
  const parts = [`cluster ${cluster} ${isRunning ? 'runs' : `does not run: ${problem}`}`];
  if (machines.length > 0) {
    const rows = machines.map(({ name, address, state }) => {
      const node = versionOf(name);
      return [name, address, state, node ? describeNode(node) : '-', node?.version ?? '-'];
    });
    parts.push(formatTable(['machine', 'address', 'state', 'node', 'version'], rows));
  } else if (nodes.length > 0) {
    const rows = nodes.map((node) => [node.name, describeNode(node), node.version]);
    parts.push(formatTable(['node', 'state', 'version'], rows));
  }
  if (applications.length > 0) {
    const rows = applications.map((one) => [one.name, one.sync, one.health, one.revision.slice(0, 7)]);
    parts.push(formatTable(['application', 'sync', 'health', 'revision'], rows));
    parts.push(...applications.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : [])));
  }
  if (isRunning) parts.push(formatTable(['what', 'where'], Object.entries(addresses)));
  if (backup) {
    const complaint = backup.problem ? `\nBACKUP: ${backup.problem}` : '';
    parts.push(`last scheduled backup: ${backup.lastSuccess ?? 'none yet'}${complaint}`);
  }
  return parts.join('\n\n');
}

function describeNode({ isReady, isSchedulable }: NodeStatus): string {
  return `${isReady ? 'Ready' : 'NotReady'}${isSchedulable ? '' : ', cordoned'}`;
}
