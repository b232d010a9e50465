import { writeFile } from 'node:fs/promises';
import { describeError } from '../../bootstrap/lib/errors.ts';
import type { FaultCluster } from './cluster/fault-cluster.ts';
import { findIllness } from './cluster/health.ts';
import { restoreMachines } from './cluster/restore-machines.ts';
import { waitUntil } from './cluster/wait-until.ts';
import type { Fault } from './fault.ts';
import type { ReportEnvironment } from './report/environment.ts';
import { formatMarkdown } from './report/format-report.ts';
import { type FaultRuns, type Summary, summarize } from './report/summarize.ts';
import { runFault, type Say, WHOLE_TIMEOUT_MS } from './run-fault.ts';

/** What is run, how often, and where it is told. */
export interface Plan {
  readonly faults: readonly Fault[];
  readonly runs: number;
  /** A Markdown file; a JSON file is written beside it. */
  readonly reportFile: string;
  readonly say: Say;
}

/**
 * Runs all faults once, then again, as often as is planned; the report is written after each. A cluster that
 * does not become whole ends it: whatever came after would be measured on a broken one.
 */
export async function runFaults(
  cluster: FaultCluster,
  environment: ReportEnvironment,
  plan: Plan,
): Promise<readonly Summary[]> {
  const results = new Map<string, FaultRuns>();
  for (const fault of plan.faults) results.set(fault.name, { fault, runs: [] });
  for (let run = 1; run <= plan.runs; run += 1) {
    for (const [index, fault] of plan.faults.entries()) {
      if (cluster.context.signal.aborted) return summaries(results);
      plan.say(`${fault.name}: run ${run} of ${plan.runs}, fault ${index + 1} of ${plan.faults.length}`);
      const say: Say = (text) => plan.say(`  ${new Date().toISOString().slice(11, 19)} ${text}`);
      const result = await runOnce(results.get(fault.name) ?? { fault, runs: [] }, fault, cluster, say);
      results.set(fault.name, result);
      await writeReport(plan.reportFile, environment, [...results.values()]);
      if (result.skipped && result.skipped.why !== 'unfit') return summaries(results);
    }
  }
  return summaries(results);
}

async function runOnce(before: FaultRuns, fault: Fault, cluster: FaultCluster, say: Say): Promise<FaultRuns> {
  const { signal } = cluster.context;
  const broken = await becomeWhole(cluster, say);
  if (broken !== undefined) {
    say(`not run: ${broken}`);
    return { ...before, skipped: { why: signal.aborted ? 'interrupted' : 'broken', text: broken } };
  }
  const unfit = await fault.unfit?.(cluster);
  if (unfit !== undefined) {
    say(`not run: ${unfit}`);
    return { ...before, skipped: { why: 'unfit', text: unfit } };
  }
  const outcome = await runFault(fault, cluster, say);
  // What Ctrl-C ended was mended, and tells nothing of the fault.
  if (signal.aborted) return { ...before, skipped: { why: 'interrupted', text: 'interrupted' } };
  const { violations } = outcome;
  say(violations.length === 0 ? 'passed' : `failed: ${violations.join('; ')}`);
  return { ...before, runs: [...before.runs, outcome] };
}

/** @returns why the cluster did not become whole, in words; `undefined` when it is */
async function becomeWhole(cluster: FaultCluster, say: Say): Promise<string | undefined> {
  const { signal } = cluster.context;
  const wait = { description: 'a whole cluster to begin with', timeoutMs: WHOLE_TIMEOUT_MS, signal };
  try {
    await restoreMachines(cluster);
    const illness = await findIllness(cluster);
    if (illness.length > 0) say(`waiting for the cluster: ${illness.slice(0, 4).join('; ')}`);
    await waitUntil(wait, () => findIllness(cluster));
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

async function writeReport(
  file: string,
  environment: ReportEnvironment,
  results: readonly FaultRuns[],
): Promise<void> {
  await writeFile(file, formatMarkdown(environment, results.map(summarize)));
  const runs = results.map(({ fault: { name }, runs: outcomes, skipped }) => ({
    name,
    skipped,
    runs: outcomes,
  }));
  await writeFile(file.replace(/(\.md)?$/, '.json'), `${JSON.stringify({ environment, runs }, null, 1)}\n`);
}

function summaries(results: ReadonlyMap<string, FaultRuns>): readonly Summary[] {
  return [...results.values()].map(summarize);
}
