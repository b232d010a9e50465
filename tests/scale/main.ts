import { writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { UserError } from '../../bootstrap/lib/errors.ts';
import { printFailure } from '../../bootstrap/lib/failure.ts';
import { existingCluster } from '../support/open-context.ts';
import { formatScale, growthOf, MOST_GROWTH } from './format-scale.ts';
import { type Measured, measureScale } from './measure-scale.ts';
import { withScaledCluster } from './open-scale.ts';
import { type Options, readOptions } from './options.ts';

/** Measures the time from push to Synced with more and more Applications: docs/scale.md. */
const print = (text: string) => process.stdout.write(`${text}\n`);
const interrupted = new AbortController();
// What was pushed is taken back first; a second Ctrl-C changes nothing about that.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () =>
    interrupted.abort(new UserError('interrupted', 'What was pushed has been taken back.')),
  );

process.exitCode = 1;
try {
  process.exitCode = await run(readOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else printFailure(error, { isVerbose: process.argv.includes('--verbose') });
}
process.stdout.write('', () => process.exit());

/** @returns the exit code: 0 when commits that touch one Application take less than twice as long among the most */
async function run({ cluster: name, counts, commits, runs, report }: Options): Promise<number> {
  const { signal } = interrupted;
  const results = await withScaledCluster(existingCluster(name), signal, ({ cluster, client, context }) => {
    const pollSeconds = context.cluster.settings.git.poll;
    print(`All that is run is in ${context.log.file}.`);
    return measureScale(cluster, client, { counts, commits, runs, pollSeconds, signal, say: print });
  });
  print(`\n${formatScale(results)}\n`);
  if (report !== undefined) await writeFile(report, `${JSON.stringify(results, null, 2)}\n`);
  return judge(results);
}

function judge(results: readonly Measured[]): number {
  const growths = (['one', 'ours'] as const).map((kind) => growthOf(results, kind));
  const [one = Number.NaN, ours = Number.NaN] = growths;
  if (growths.every(Number.isNaN)) return 0;
  const [fewest, most] = [results.at(0)?.count, results.at(-1)?.count];
  print(
    `From ${fewest} to ${most}: ${one.toFixed(2)} times as long for one of them, ${ours.toFixed(2)} times for api-gateway; less than ${MOST_GROWTH} is promised.`,
  );
  return growths.every((growth) => growth < MOST_GROWTH) ? 0 : 1;
}
