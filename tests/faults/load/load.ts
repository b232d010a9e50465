import type { RequestKind, SentRequest, SentWrite } from './request.ts';

/** How often each kind of request is begun, whatever became of those before it (open loop). */
const INTERVAL_MS: Record<RequestKind, number> = { read: 100, movie: 250, order: 250 };
/** How long a client waits for an answer. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** The load ends by itself after this time, whatever became of who started it. */
const MAXIMUM_MS = 20 * 60_000;

/** Requests of all kinds, sent steadily until stopped. */
export interface Load {
  /** Those that have ended, in the order of their ends. */
  readonly requests: readonly SentRequest[];
  readonly movies: readonly SentWrite[];
  readonly orders: readonly SentWrite[];
  /** Begins no further request, and waits for those under way. */
  stop(): Promise<void>;
}

/**
 * Names what is written so that no two writes, of this or any other run, are alike: movies by their title,
 * orders by their user_id, which is a whole number.
 */
class WriteKeys {
  readonly #base: number;
  #count = 0;

  /** @param startedAtMs milliseconds since 1970 */
  constructor(startedAtMs: number) {
    // Below 2^53 until the year 2200, with room for a million writes a second apart from those of another run.
    this.#base = Math.floor(startedAtMs / 1000) * 1_000_000;
  }

  next(): string {
    this.#count += 1;
    return String(this.#base + this.#count);
  }
}

/** Starts the load. No request is ever sent again: a client that repeats would hide what failed. */
export function startLoad(gatewayUrl: string): Load {
  const keys = new WriteKeys(Date.now());
  const requests: SentRequest[] = [];
  const movies: SentWrite[] = [];
  const orders: SentWrite[] = [];
  const underWay = new Set<Promise<void>>();

  const send = async (kind: RequestKind, path: string, body?: object): Promise<Response | undefined> => {
    const startedMs = performance.now();
    const { failure, response } = await ask(`${gatewayUrl}${path}`, body);
    requests.push({
      kind,
      startedMs,
      endedMs: performance.now(),
      ...(failure === undefined ? {} : { failure }),
    });
    return response;
  };
  const actions: Record<RequestKind, () => Promise<void>> = {
    read: async () => {
      await send('read', '/api/movies?limit=10');
    },
    movie: async () => {
      const key = keys.next();
      const response = await send('movie', '/api/movies', { title: key, description: 'fault suite' });
      const id = response ? readId(await response.text()) : undefined;
      movies.push({ key, isAcknowledged: response !== undefined, ...(id === undefined ? {} : { id }) });
    },
    order: async () => {
      const key = keys.next();
      const order = { user_id: key, number_of_items: 1, total_amount: '1.50' };
      orders.push({ key, isAcknowledged: (await send('order', '/api/billing', order)) !== undefined });
    },
  };
  const begin = (kind: RequestKind) => {
    const request: Promise<void> = actions[kind]().finally(() => underWay.delete(request));
    underWay.add(request);
  };
  const timers = Object.entries(INTERVAL_MS).map(([kind, intervalMs]) =>
    setInterval(begin, intervalMs, kind as RequestKind),
  );
  const end = () => {
    for (const timer of timers) clearInterval(timer);
  };
  const limit = setTimeout(end, MAXIMUM_MS);
  return {
    requests,
    movies,
    orders,
    async stop() {
      end();
      clearTimeout(limit);
      await Promise.all(underWay);
    },
  };
}

interface Answer {
  readonly failure?: string;
  /** Its body has been received whole. */
  readonly response?: Response;
}

async function ask(url: string, body: object | undefined): Promise<Answer> {
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(url, body ? { ...post, signal } : { signal });
    const text = await response.text();
    if (!response.ok) return { failure: String(response.status) };
    return { response: new Response(text) };
  } catch (error) {
    return { failure: nameOf(error) };
  }
}

/** The system's name of an error, such as ECONNREFUSED, where there is one. */
function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.name;
  return thrown.name;
}

function readId(body: string): number | undefined {
  const { id } = JSON.parse(body) as { id?: number };
  return id;
}
