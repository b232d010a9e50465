import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubernetesApi, KubernetesError } from '../cluster/kubernetes-api.ts';
import type { LogSource, LogTarget } from './log-source.ts';

const retryDelayMs = 1000;

/**
 * Reads logs through the API server, from the node that a pod is on. A connection that breaks, as it does when nothing
 * is printed for long, is made again and goes on behind the last line.
 */
export function createPodLogSource(api: KubernetesApi): LogSource {
  return {
    async follow(target, tailLines, signal, onLine, isRunning) {
      let path = logPath(target, { tailLines });
      let lastStamp = '';
      const readOn = async () => {
        for await (const line of readLines(api, path, signal)) {
          const [stamp, text] = splitStamp(line);
          // Asked for by whole seconds, the last ones come again.
          if (stamp === undefined || stamp <= lastStamp) continue;
          lastStamp = stamp;
          path = logPath(target, { sinceTime: stamp });
          onLine({ atMs: Date.parse(stamp), text });
        }
      };
      while (!signal.aborted) {
        const end = await readOn().then(
          () => 'ended',
          (error: unknown) => (isFinal(error) ? 'gone' : 'broken'),
        );
        if (end === 'gone') return;
        await sleep(retryDelayMs, undefined, { signal }).catch(() => undefined);
        // Its node tells of the end of an idle connection and of a container alike.
        if (end === 'ended' && !isRunning()) return;
      }
    },
  };
}

/** What an API server that is busy answers, and one to which the token is not known yet, or no more: for a moment. */
const passing = [401, 429];

/** A container that has not begun is 400, one that is gone is 404: the pod's next change leads to another try. */
function isFinal(error: unknown): boolean {
  return error instanceof KubernetesError && error.status < 500 && !passing.includes(error.status);
}

function logPath(
  { namespace, pod, container }: LogTarget,
  from: { readonly tailLines: number } | { readonly sinceTime: string },
): string {
  const query = new URLSearchParams({ container, follow: 'true', timestamps: 'true' });
  for (const [name, value] of Object.entries(from)) query.set(name, String(value));
  return `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
}

async function* readLines(api: KubernetesApi, path: string, signal: AbortSignal): AsyncGenerator<string> {
  const { body } = await api.get(path, signal);
  if (body === null) return;
  yield* createInterface({ input: Readable.fromWeb(body), crlfDelay: Number.POSITIVE_INFINITY });
}

const stampedLine = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?(.*)$/s;

/**
 * A line begins with its time, by the node's own clock.
 * @returns it in nanoseconds of UTC, so that times compare as text does
 */
function splitStamp(line: string): [stamp: string | undefined, text: string] {
  const [, time, fraction = '', zone, text = ''] = stampedLine.exec(line) ?? [];
  const atMs = Date.parse(`${time}${zone}`);
  if (Number.isNaN(atMs)) return [undefined, text];
  const seconds = new Date(atMs).toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
  return [`${seconds}.${fraction.padEnd(9, '0')}Z`, text];
}
