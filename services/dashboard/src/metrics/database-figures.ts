import type { MemberFigures } from './metrics-source.ts';
import type { MetricSample } from './parse-exposition.ts';

/**
 * Reads what Patroni says of a member.
 * Source: https://patroni.readthedocs.io/en/latest/rest_api.html#monitoring-endpoint
 * @param name the member's, which is its pod's
 * @returns undefined where its database doesn't run
 */
export function readMember(name: string, samples: readonly MetricSample[]): MemberFigures | undefined {
  const readValue = (metric: string) => samples.find((sample) => sample.name === metric)?.value;
  if (readValue('patroni_postgres_running') !== 1) return undefined;
  const isLeader = readValue('patroni_primary') === 1 || readValue('patroni_master') === 1;
  const position = readValue(isLeader ? 'patroni_xlog_location' : 'patroni_xlog_replayed_location');
  return {
    name,
    isLeader,
    isSynchronous: readValue('patroni_sync_standby') === 1,
    position: position ?? 0,
  };
}
