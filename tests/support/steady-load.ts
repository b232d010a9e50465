/** Requests that are sent all the time, a few at once, to a cluster of our own. */
export interface SteadyLoad {
  /** How many were answered as they should be. */
  readonly answered: number;
  /** What went wrong with each of the others. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** How much load there is: bounded in rate and in time. */
export interface LoadOptions {
  readonly clients: number;
  /** How long each client waits between two requests. */
  readonly pauseMs: number;
  /** It ends by itself after this time. */
  readonly maximumMs: number;
  /** What is sent, unless it is to get the URL. */
  readonly request?: RequestInit;
  /** Told every answer. */
  readonly onAnswer?: (body: string) => void;
}

/** Starts clients that ask a URL again and again; any answer but a 2xx is a failure. */
export function startLoad(url: string, options: LoadOptions): SteadyLoad {
  const state = { answered: 0, failures: [] as string[], isStopped: false };
  const endsAtMs = performance.now() + options.maximumMs;
  const client = async () => {
    while (!state.isStopped && performance.now() < endsAtMs) {
      await fetch(url, { ...options.request, signal: AbortSignal.timeout(10_000) }).then(
        async (response) => {
          const body = await response.text();
          if (!response.ok) state.failures.push(`${response.status} ${body}`);
          else state.answered += 1;
          options.onAnswer?.(body);
        },
        (error: unknown) => state.failures.push(String(error)),
      );
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
  };
  const clients = Array.from({ length: options.clients }, client);
  return {
    get answered() {
      return state.answered;
    },
    get failures() {
      return state.failures;
    },
    async stop() {
      state.isStopped = true;
      await Promise.all(clients);
    },
  };
}
