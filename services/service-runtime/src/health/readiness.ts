/** How one dependency is: `reason` is a code or a short word, never an address or a credential. */
export type DependencyState = { status: 'up' } | { status: 'down'; reason: string };

/** Whether a service can do its work, and how each of its dependencies is. */
export interface ReadinessReport {
  status: 'ready' | 'not ready' | 'stopping';
  dependencies: Record<string, DependencyState>;
}

/** Resolves if the dependency can be used; rejects otherwise. */
export type DependencyCheck = () => Promise<void> | void;

export interface Readiness {
  report(): Promise<ReadinessReport>;
  /** From now on the service is not ready, whatever its dependencies say. */
  stop(): void;
}

/**
 * @param checks one for each dependency, by name
 * @param timeoutMs how long a check may take; one that takes longer counts as down
 */
export function createReadiness(
  checks: Readonly<Record<string, DependencyCheck>>,
  timeoutMs = 1000,
): Readiness {
  let isStopping = false;
  return {
    async report() {
      const states = await Promise.all(
        Object.entries(checks).map(
          async ([name, check]) => [name, await runCheck(check, timeoutMs)] as const,
        ),
      );
      const isUp = states.every(([, state]) => state.status === 'up');
      const status = isStopping ? 'stopping' : isUp ? 'ready' : 'not ready';
      return { status, dependencies: Object.fromEntries(states) };
    },
    stop() {
      isStopping = true;
    },
  };
}

/** @returns how a dependency is, within timeoutMs; never rejects */
export async function runCheck(check: DependencyCheck, timeoutMs: number): Promise<DependencyState> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs);
  try {
    await Promise.race([Promise.resolve().then(check), timedOut]);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', reason: describe(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** @returns the code of an error, of its cause, or a short message; long ones may hold what outsiders need not know */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  const code = (error as { code?: unknown }).code ?? (error.cause as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return error.message.length <= 40 ? error.message : error.name;
}
