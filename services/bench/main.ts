import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describeError } from '../../bootstrap/lib/errors.ts';
import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';
import { formatReport } from './format-report.ts';
import { runBenchmark } from './run-benchmark.ts';

/**
 * Measures the services on this machine, beside nginx and amqplib.
 * Usage: npm run bench [-- --rounds N --seconds N --orders N]
 */
const programs = { 'rabbitmq-server': 'rabbitmq-server', nginx: 'nginx' };

const bounded = (most: number) => z.coerce.number().int().min(1).max(most);
const optionsSchema = z.object({
  rounds: bounded(9).default(3),
  /** How long each target gets requests in a round. */
  seconds: bounded(30).default(5),
  orders: bounded(50_000).default(10_000),
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
process.umask(0o022);

process.exitCode = 1;
try {
  const load = readOptions();
  if (await providePrograms(programs, 'the measurements')) {
    const rounds = await runBenchmark({
      ...load,
      connections: 64,
      signal: interrupted.signal,
      report: (what) => process.stderr.write(`${what}\n`),
    });
    process.stdout.write(`\n${formatReport(rounds)}\n`);
    process.exitCode = 0;
  }
} catch (error) {
  process.stderr.write(interrupted.signal.aborted ? 'interrupted\n' : `${describeError(error)}\n`);
}

/** @throws Error if an option is unknown or out of its bounds */
function readOptions(): z.infer<typeof optionsSchema> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { rounds: text, seconds: text, orders: text } });
  const { data, error } = optionsSchema.safeParse(values);
  if (error) throw new Error(z.prettifyError(error));
  return data;
}
