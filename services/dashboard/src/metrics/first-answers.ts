import type { PodObject } from '../cluster/objects.ts';
import { isOfService } from '../view/describe-service.ts';
import { countGoodAnswers } from './request-counts.ts';
import { scrapePod } from './scrape-pod.ts';

/** What tells that a pod does its work for somebody: requests answered, or orders written. */
const workFamilies = ['http_request_duration_seconds', 'orders_written_total'] as const;

/**
 * Asks a pod how much it has answered since it began: requests with 2xx or 3xx that are no probes, and orders.
 * @returns undefined where it doesn't count that
 * @throws where it doesn't answer now
 */
export async function countAnswers(pod: PodObject): Promise<number | undefined> {
  if (!isOfService(pod)) return undefined;
  const { spec, status } = pod;
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const port = ports.find(({ name }) => name === 'metrics')?.containerPort;
  if (port === undefined) return undefined;
  if (status?.podIP === undefined) throw new Error('it has no address yet');
  const { samples, families } = await scrapePod(status.podIP, port, '/metrics');
  if (!workFamilies.some((family) => families.has(family))) return undefined;
  const orders = samples.filter(({ name }) => name === 'orders_written_total');
  return countGoodAnswers(samples) + orders.reduce((sum, { value }) => sum + value, 0);
}
