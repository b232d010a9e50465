import type { Account } from './accounting/compare-writes.ts';
import type { AlertOutcome } from './alerts/find-alert.ts';
import type { Figures } from './load/outage.ts';

/** One injection of a fault: what was hit, and what became of the requests until the next. */
export interface Injection {
  readonly what: string;
  readonly figures: Figures;
}

/** What was seen of one run of a fault. */
export interface FaultOutcome {
  readonly injections: readonly Injection[];
  /** From the end of what was injected; `undefined` for a fault that has nothing to be taken back. */
  readonly afterHealing?: Figures;
  /** Of the whole run, with what came before and after. */
  readonly total: Figures;
  /** Seconds from the end of what was injected until the cluster was whole. */
  readonly wholeAfterSeconds?: number;
  /** Of the alert that it is to make fire; `undefined` where there is none, or nothing is measured. */
  readonly alert?: AlertOutcome;
  readonly movies?: Account;
  readonly orders?: Account;
  readonly notes: readonly string[];
  /** What kept the run from its end, or was seen and may not be. */
  readonly errors: readonly string[];
}

/** One run of a fault, judged. */
export interface JudgedOutcome extends FaultOutcome {
  /** Every must that was violated, in words; empty for a fault that passed. */
  readonly violations: readonly string[];
}
