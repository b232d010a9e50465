/** Orders that are posted all the time, one after the other, each with an identity of its own. */
export interface SteadyOrders {
  /** The user_id of the first order; the others follow it. */
  readonly firstId: number;
  /** The user_id of every order that was answered with 202. */
  readonly accepted: readonly number[];
  /** What was answered to the others. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

export interface OrdersOptions {
  /** How long to wait between two orders. */
  readonly pauseMs: number;
  /** It ends by itself after this time. */
  readonly maximumMs: number;
}

/** @param gateway the URL that api-gateway answers at */
export function startOrders(gateway: string, { pauseMs, maximumMs }: OrdersOptions): SteadyOrders {
  const firstId = Date.now();
  const accepted: number[] = [];
  const failures: string[] = [];
  let isStopped = false;
  const post = async (user_id: number) => {
    const response = await fetch(`${gateway}/billing`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user_id, number_of_items: 1, total_amount: 1 }),
      signal: AbortSignal.timeout(15_000),
    });
    const body = await response.text();
    if (response.status === 202) accepted.push(user_id);
    else failures.push(`${response.status} ${body}`);
  };
  const run = async () => {
    const endsAtMs = performance.now() + maximumMs;
    for (let id = firstId; !isStopped && performance.now() < endsAtMs; id += 1) {
      await post(id).catch((error: unknown) => failures.push(String(error)));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const running = run();
  return {
    firstId,
    accepted,
    failures,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
