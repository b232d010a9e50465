import type { Readiness } from 'service-runtime/health/readiness';

/**
 * Makes a service ready as long as one of its dependencies is up: its databases have nothing to do with each other,
 * and one that is down must not take the others away from the callers.
 */
export function readyWithAny(readiness: Readiness): Readiness {
  return {
    async report() {
      const report = await readiness.report();
      const isAnyUp = Object.values(report.dependencies).some(({ status }) => status === 'up');
      return report.status === 'not ready' && isAnyUp ? { ...report, status: 'ready' } : report;
    },
    stop: () => readiness.stop(),
  };
}
