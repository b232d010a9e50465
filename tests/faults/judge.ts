import type { Account } from './accounting/compare-writes.ts';
import type { Musts } from './fault.ts';
import type { Figures } from './load/outage.ts';
import { REQUEST_KINDS, type RequestKind } from './load/request.ts';
import type { FaultOutcome } from './outcome.ts';

export const KIND_TITLES: Record<RequestKind, string> = {
  read: 'reads',
  movie: 'movie writes',
  order: 'orders',
};

/** @returns every must that an outcome violates, in words */
export function findViolations(outcome: FaultOutcome, musts: Musts): readonly string[] {
  return [
    ...outcome.errors,
    ...REQUEST_KINDS.flatMap((kind) => findKindViolations(outcome, musts, kind)),
    ...findAccountViolations('movies', outcome.movies),
    ...findAccountViolations('orders', outcome.orders),
  ];
}

function findKindViolations(
  { injections, afterHealing, total }: FaultOutcome,
  musts: Musts,
  kind: RequestKind,
): string[] {
  const { servedWithin, servedWithinOfHealing, noFailure } = musts[kind];
  const title = KIND_TITLES[kind];
  const violations: string[] = [];
  if (servedWithin !== undefined)
    for (const { what, figures } of injections)
      violations.push(...findLate(`${title} after ${what}`, figures, kind, servedWithin));
  if (servedWithinOfHealing !== undefined && afterHealing)
    violations.push(...findLate(`${title} after healing`, afterHealing, kind, servedWithinOfHealing));
  if (noFailure && total[kind].failed > 0) violations.push(`${total[kind].failed} ${title} failed, none may`);
  return violations;
}

function findLate(what: string, figures: Figures, kind: RequestKind, limitSeconds: number): string[] {
  const seconds = figures[kind].servedAgainSeconds;
  if (seconds === undefined) return [`${what}: not served again`];
  return seconds <= limitSeconds
    ? []
    : [`${what}: served after ${seconds.toFixed(1)} s, not ${limitSeconds} s`];
}

function findAccountViolations(what: string, account: Account | undefined): string[] {
  if (!account) return [`${what} could not be counted`];
  const list = (keys: readonly string[]) => keys.slice(0, 5).join(', ');
  return [
    ...(account.lost.length > 0
      ? [`${account.lost.length} acknowledged ${what} lost: ${list(account.lost)}`]
      : []),
    ...(account.duplicated.length > 0
      ? [`${account.duplicated.length} ${what} duplicated: ${list(account.duplicated)}`]
      : []),
  ];
}
