import { writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { UserError } from '../../bootstrap/lib/errors.ts';
import { printFailure } from '../../bootstrap/lib/failure.ts';
import { existingCluster } from '../support/open-context.ts';
import { formatScale, judgeGrowth } from './format-scale.ts';
import { measureScale } from './measure-scale.ts';
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
  const { text, isFine } = judgeGrowth(results);
  if (text !== undefined) print(text);
  return isFine ? 0 : 1;
}
