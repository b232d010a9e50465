import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sources } from './config.ts';

/** A place to connect to; a name may stand for several addresses. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

const connectTimeoutMs = 1000;
const tryAgainMs = 200;

/** Where a backup connects to. */
export function placesOf({ inventory, billing, broker, metrics }: Sources): Place[] {
  return [inventory, billing, broker, metrics].map(({ host, port }) => ({ host, port }));
}

/**
 * Waits until every address of every place takes connections. A pod that has just been started may be refused for a
 * moment, until network policies know its address
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/#pod-lifecycle).
 * @returns the addresses that took none in time, which may be down
 * @throws the signal's reason when it is aborted
 */
export async function untilReachable(
  places: readonly Place[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Place[]> {
  const deadlineMs = performance.now() + timeoutMs;
  const missed = await Promise.all(
    places.map(async (place) => {
      const addresses = await untilNamed(place, deadlineMs, signal);
      const reached = await Promise.all(addresses.map((one) => untilConnected(one, deadlineMs, signal)));
      return addresses.filter((_, index) => !reached[index]);
    }),
  );
  return missed.flat();
}

/** The addresses of a place; the place itself where its name means nothing in time. */
async function untilNamed({ host, port }: Place, deadlineMs: number, signal: AbortSignal): Promise<Place[]> {
  for (;;) {
    const found = await lookup(host, { all: true }).catch(() => []);
    if (found.length > 0) return found.map(({ address }) => ({ host: address, port }));
    if (performance.now() > deadlineMs) return [{ host, port }];
    await sleep(tryAgainMs, undefined, { signal });
  }
}

async function untilConnected(place: Place, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
  while (!(await isOpen(place))) {
    if (performance.now() > deadlineMs) return false;
    await sleep(tryAgainMs, undefined, { signal });
  }
  return true;
}

async function isOpen({ host, port }: Place): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const end = (isConnected: boolean) => {
      socket.destroy();
      resolve(isConnected);
    };
    socket
      .on('connect', () => end(true))
      .on('timeout', () => end(false))
      .on('error', () => end(false));
  });
}
