import { describeError } from '../../bootstrap/lib/errors.ts';
import { type CountedWrites, countWrites } from './accounting/count-writes.ts';
import { FAULT_ALERTS } from './alerts/fault-alerts.ts';
import { type AlertOutcome, findAlert, untilSilent } from './alerts/find-alert.ts';
import type { FaultCluster } from './cluster/fault-cluster.ts';
import { findIllness } from './cluster/health.ts';
import { waitUntil } from './cluster/wait-until.ts';
import type { Fault, FaultRun } from './fault.ts';
import { findViolations } from './judge.ts';
import { type Load, startLoad } from './load/load.ts';
import { isServedSteadily, measure } from './load/outage.ts';
import type { FaultOutcome, JudgedOutcome } from './outcome.ts';

/** How long requests must have been answered well to say that they are. */
const STEADY_MS = 5000;
const BASELINE_TIMEOUT_MS = 60_000;
export const WHOLE_TIMEOUT_MS = 240_000;

/** Tells what goes on. */
export type Say = (text: string) => void;

/** Runs a fault once on a cluster that is whole, under load, and leaves it whole again. */
export async function runFault(fault: Fault, cluster: FaultCluster, say: Say): Promise<JudgedOutcome> {
  const story = new Story(fault, cluster, say);
  const outcome = await story.run();
  return { ...outcome, violations: findViolations(outcome, fault.musts) };
}

/** One run of a fault, with what it has seen so far. */
class Story {
  readonly #fault: Fault;
  readonly #cluster: FaultCluster;
  readonly #say: Say;
  readonly #notes: string[] = [];
  readonly #errors: string[] = [];
  readonly #injections: { readonly what: string; readonly atMs: number }[] = [];
  readonly #undo = new AsyncDisposableStack();
  #load: Load | undefined;
  #isUnderLoad = false;
  #healedMs: number | undefined;
  #wholeAfterSeconds: number | undefined;
  #alert: AlertOutcome | undefined;

  constructor(fault: Fault, cluster: FaultCluster, say: Say) {
    this.#fault = fault;
    this.#cluster = cluster;
    this.#say = say;
  }

  async run(): Promise<FaultOutcome> {
    const run = this.#createRun();
    const preparation = new AsyncDisposableStack();
    await this.#attempt(async () => {
      await this.#fault.prepare?.({ ...run, undo: preparation });
      if (this.#fault.prepare) await this.#whole();
      if (this.#expectedAlert) await untilSilent(this.#cluster, this.#expectedAlert);
      const load = startLoad(this.#entryUrl());
      this.#load = load;
      this.#isUnderLoad = true;
      await this.#steady(BASELINE_TIMEOUT_MS);
      await this.#connect();
      run.injecting(this.#fault.title);
      await this.#fault.inject(run);
    });
    await this.#heal();
    await this.#attempt(() => this.#comeBack(run));
    this.#isUnderLoad = false;
    await this.#load?.stop();
    await this.#attempt(() => this.#lookForAlert());
    await this.#attempt(() => preparation.disposeAsync());
    return this.#tell(await this.#account());
  }

  #createRun(): FaultRun {
    return {
      cluster: this.#cluster,
      undo: this.#undo,
      injecting: (what) => {
        const [first] = this.#injections;
        // The fault's own title gives way to the first step that it tells of: nothing was broken before.
        if (this.#injections.length === 1 && first?.what === this.#fault.title) this.#injections.pop();
        this.#injections.push({ what, atMs: performance.now() });
        this.#say(what);
      },
      note: (text) => {
        this.#notes.push(text);
        this.#say(text);
      },
      settled: async () => {
        await this.#whole();
        if (this.#isUnderLoad) await this.#steady(WHOLE_TIMEOUT_MS);
        await this.#connect();
      },
    };
  }

  #entryUrl(): string {
    const { master, agents } = this.#cluster;
    const machine = this.#fault.entry === 'agent' ? (agents[0] ?? master) : master;
    return `http://${machine.address}:3000`;
  }

  /** Takes back what was injected, also after an error and at Ctrl-C. */
  async #heal(): Promise<void> {
    if (this.#injections.length > 0) this.#say('healing');
    await this.#attempt(() => this.#undo.disposeAsync());
    this.#healedMs = performance.now();
  }

  async #comeBack(run: FaultRun): Promise<void> {
    const startedMs = performance.now();
    await this.#whole();
    this.#wholeAfterSeconds = (performance.now() - startedMs) / 1000;
    await this.#steady(WHOLE_TIMEOUT_MS);
    await this.#fault.check?.(run);
  }

  get #expectedAlert(): string | undefined {
    const isWatched = this.#cluster.context.cluster.settings.observability.metrics > 0;
    return isWatched ? FAULT_ALERTS[this.#fault.name] : undefined;
  }

  async #lookForAlert(): Promise<void> {
    const alert = this.#expectedAlert;
    const [first] = this.#injections;
    if (!alert || !first) return;
    this.#alert = await findAlert(this.#cluster, alert, performance.timeOrigin + first.atMs);
    const { seconds } = this.#alert;
    this.#say(`${alert} ${seconds === undefined ? 'did not fire' : `fired after ${seconds.toFixed(1)} s`}`);
    if (seconds === undefined) this.#errors.push(`the alert ${alert} did not fire`);
  }

  /** Opens the connections to the machines, so that an injection doesn't wait for them. */
  async #connect(): Promise<void> {
    await Promise.all(this.#cluster.machines.map(({ remote }) => remote.run('true')));
  }

  async #whole(): Promise<void> {
    const { signal } = this.#cluster.context;
    await waitUntil({ description: 'the cluster being whole', timeoutMs: WHOLE_TIMEOUT_MS, signal }, () =>
      findIllness(this.#cluster),
    );
  }

  async #steady(timeoutMs: number): Promise<void> {
    const { signal } = this.#cluster.context;
    const requests = () => this.#load?.requests ?? [];
    const beganMs = performance.now();
    const isSteady = () => {
      const toMs = performance.now();
      return toMs - STEADY_MS >= beganMs && isServedSteadily(requests(), { fromMs: toMs - STEADY_MS, toMs });
    };
    await waitUntil({ description: 'steady service', timeoutMs, intervalMs: 200, signal }, () =>
      Promise.resolve(isSteady() ? [] : [describeLast(requests())]),
    );
  }

  async #account(): Promise<CountedWrites> {
    const load = this.#load;
    const counted: CountedWrites = {};
    if (load) await this.#attempt(() => countWrites(this.#cluster, load, counted));
    return counted;
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const text = describeError(error);
      this.#errors.push(text);
      this.#say(text);
    }
  }

  #tell(counted: CountedWrites): FaultOutcome {
    const requests = this.#load?.requests ?? [];
    const endMs = performance.now();
    const injections = this.#injections.map(({ what, atMs }, index) => ({
      what,
      figures: measure(requests, { fromMs: atMs, toMs: this.#injections[index + 1]?.atMs ?? endMs }),
    }));
    return {
      injections,
      ...(this.#healedMs === undefined
        ? {}
        : { afterHealing: measure(requests, { fromMs: this.#healedMs, toMs: endMs }) }),
      total: measure(requests, { fromMs: 0, toMs: endMs }),
      ...(this.#wholeAfterSeconds === undefined ? {} : { wholeAfterSeconds: this.#wholeAfterSeconds }),
      ...(this.#alert ? { alert: this.#alert } : {}),
      ...counted,
      notes: this.#notes,
      errors: this.#errors,
    };
  }
}

function describeLast(requests: Load['requests']): string {
  const last = requests.findLast(({ failure }) => failure !== undefined);
  return last
    ? `the last failure was ${last.kind} ${last.failure}`
    : 'nothing failed, but not all is answered in time';
}
