import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fetch } from 'undici';

interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

const timeoutMs = 10_000;

/** Reads server-sent events as programs do. */
export function readEvents(url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const queue: ServerEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const read = async () => {
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.body === null || response.status !== 200)
      throw new Error(`${url} answered ${response.status}`);
    let event = '';
    for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length);
      if (!line.startsWith('data: ')) continue;
      queue.push({ event, data: JSON.parse(line.slice('data: '.length)) });
      wake.resolve();
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) wake.reject(error);
  });
  return {
    ended,
    /** @returns the next event that is meant; those before it are left out */
    async until(isMeant: (event: ServerEvent) => boolean): Promise<ServerEvent> {
      const timer = setTimeout(() => wake.reject(new Error('the event did not come')), timeoutMs);
      try {
        for (;;) {
          const event = queue.shift();
          if (event && isMeant(event)) return event;
          if (event) continue;
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      } finally {
        clearTimeout(timer);
      }
    },
    async end() {
      abort.abort();
      await ended;
    },
  };
}
