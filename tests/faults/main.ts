import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { printFailure } from '../../bootstrap/lib/failure.ts';
import { formatTable } from '../../bootstrap/lib/format-table.ts';
import { ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { type ClusterPlace, existingCluster } from '../support/open-context.ts';
import { openCluster } from './cluster/fault-cluster.ts';
import { type Options, readOptions } from './options.ts';
import { readReportEnvironment } from './report/environment.ts';
import { formatReport } from './report/format-report.ts';
import { runFaults } from './run-faults.ts';

/** Breaks a cluster in many ways under load, and reports what became of it: docs/faults.md. */
const print = (text: string) => process.stdout.write(`${text}\n`);
const interrupted = new AbortController();
// What is broken is mended first; a second Ctrl-C changes nothing about that.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')));

process.exitCode = 1;
try {
  const options = readOptions(process.argv.slice(2));
  if (options.list) {
    print(
      formatTable(
        ['name', 'fault'],
        options.faults.map(({ name, title }) => [name, title]),
      ),
    );
    process.exitCode = 0;
  } else if (options.cluster) process.exitCode = await runOn(existingCluster(options.cluster), options);
  else process.exitCode = await runOnOwnCluster(options);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else printFailure(error, { isVerbose: process.argv.includes('--verbose') });
}
process.stdout.write('', () => process.exit());

/** Makes a cluster in a clone of its own, as the tests do, and removes it. */
async function runOnOwnCluster(options: Options): Promise<number> {
  const cluster = new ClusterUnderTest('faults', '192.168.59');
  await cluster.prepare();
  try {
    await requireSuccess(cluster.run('create'));
    return await runOn(cluster.place, options);
  } finally {
    await cluster.run('destroy', '--no-keep-keys');
  }
}

/** @returns the exit code: 0 when every fault that this cluster can have was run, and every must was kept */
async function runOn(place: ClusterPlace, { faults, runs, report }: Options): Promise<number> {
  const cluster = await openCluster(place, interrupted.signal);
  try {
    const reportFile = resolve(report);
    await mkdir(dirname(reportFile), { recursive: true });
    const environment = await readReportEnvironment(cluster, runs);
    print(`All that is run is in ${cluster.logFile}.`);
    const summaries = await runFaults(cluster, environment, { faults, runs, reportFile, say: print });
    print(`\n${formatReport(environment, summaries)}\n\nThe report is in ${reportFile}.`);
    return summaries.every(({ verdict }) => verdict === 'passed' || verdict === 'unfit') ? 0 : 1;
  } finally {
    await cluster.close();
  }
}
