import { type DependencyState, type ReadinessReport, runCheck } from 'service-runtime/health/readiness';
import { request } from 'undici';
import { z } from 'zod';

/** A service whose own dependencies are reported with it. */
export interface MonitoredService {
  name: string;
  url: string;
  /** Whom it depends on, so that they are named even while the service doesn't answer. */
  dependencies: readonly string[];
}

export interface HealthReport {
  status: 'ok' | 'degraded';
  dependencies: Record<string, DependencyState | { status: 'unknown' }>;
}

const timeoutMs = 1500;

/** The part of a service's answer to `GET /ready` that is passed on. */
const readinessSchema = z.object({
  dependencies: z.record(
    z.string(),
    z.discriminatedUnion('status', [
      z.object({ status: z.literal('up') }),
      z.object({ status: z.literal('down'), reason: z.string() }),
    ]),
  ),
}) satisfies z.ZodType<Pick<ReadinessReport, 'dependencies'>>;

/**
 * Asks all dependencies at once how they are.
 * @param services asked at `GET /ready`; what they depend on is reported beside them
 * @param checkBroker throws while the broker is not connected
 */
export async function reportHealth(
  services: readonly MonitoredService[],
  checkBroker: () => void,
): Promise<HealthReport> {
  const reports = await Promise.all(services.map(askService));
  const dependencies: HealthReport['dependencies'] = Object.assign(
    { rabbitmq: await runCheck(checkBroker, timeoutMs) },
    ...reports,
  );
  const isOk = Object.values(dependencies).every(({ status }) => status === 'up');
  return { status: isOk ? 'ok' : 'degraded', dependencies };
}

/**
 * Lets those who ask while a run is under way share its result, so that being asked often is not passed on to the
 * dependencies.
 */
export function shareRuns<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined;
  return () => {
    current ??= run().finally(() => {
      current = undefined;
    });
    return current;
  };
}

async function askService({
  name,
  url,
  dependencies,
}: MonitoredService): Promise<HealthReport['dependencies']> {
  const states: HealthReport['dependencies'] = {};
  for (const dependency of dependencies) states[dependency] = { status: 'unknown' };
  states[name] = await runCheck(async () => {
    const response = await request(new URL('/ready', url), { signal: AbortSignal.timeout(timeoutMs) });
    const report = readinessSchema.safeParse(await response.body.json());
    for (const dependency of dependencies) {
      const state = report.data?.dependencies[dependency];
      if (state !== undefined) states[dependency] = state;
    }
    if (response.statusCode !== 200) throw new Error('not ready');
  }, timeoutMs);
  return states;
}
