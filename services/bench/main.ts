import { describeError } from '../../bootstrap/lib/errors.ts';
import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';
import { formatReport } from './format-report.ts';
import { runBenchmark } from './run-benchmark.ts';

/**
 * Measures the services on this machine, beside nginx and amqplib.
 * Usage: npm run bench
 */
const programs = { 'rabbitmq-server': 'rabbitmq-server', nginx: 'nginx' };

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
process.umask(0o022);

process.exitCode = 1;
if (await providePrograms(programs, 'the measurements')) {
  try {
    const rounds = await runBenchmark({
      rounds: 3,
      connections: 64,
      seconds: 5,
      orders: 10_000,
      signal: interrupted.signal,
      report: (what) => process.stderr.write(`${what}\n`),
    });
    process.stdout.write(`\n${formatReport(rounds)}\n`);
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(interrupted.signal.aborted ? 'interrupted\n' : `${describeError(error)}\n`);
  }
}
