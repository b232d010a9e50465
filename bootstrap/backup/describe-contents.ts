import type { Manifest } from '../../services/backup/src/archive/manifest.ts';
import { formatTable } from '../lib/format-table.ts';

/** What a backup holds, for a person. */
export function describeContents(manifest: Manifest): string {
  const { cluster, createdAt, rows, messages, heldMs, sealingKeyFingerprint } = manifest;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'nothing';
  const key = sealingKeyFingerprint
    ? `encrypted (${sealingKeyFingerprint.slice(0, 12)})`
    : 'NOT IN IT: without that key, nothing opens the secrets that are sealed in git';
  return formatTable(
    ['part', 'what'],
    [
      ['cluster', `${cluster}, ${createdAt}`],
      ['inventory', list(rows.inventory)],
      ['billing', list(rows.billing)],
      ['queues', `${list(messages)} (orders waited ${(heldMs / 1000).toFixed(1)} s)`],
      ['sealing key', key],
    ],
  );
}
