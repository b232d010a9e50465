import { Command, InvalidArgumentError, Option } from 'commander';
import { CATALOGUE } from './catalogue.ts';
import type { Fault } from './fault.ts';

const MOST_RUNS = 20;

/** What the command is asked for. */
export interface Options {
  readonly faults: readonly Fault[];
  readonly runs: number;
  /** An existing cluster; without one, a cluster of its own is made and removed. */
  readonly cluster: string | undefined;
  readonly report: string;
  readonly list: boolean;
  readonly verbose: boolean;
}

/** Reads the arguments; prints help or what is wrong with them, and throws CommanderError then. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run test:faults --')
    .description('Breaks a real cluster in many ways under load, and reports what became of it.')
    .option('--only <name...>', 'run these faults only', addFault, [])
    .option('--runs <number>', 'how often each fault is run', toRuns, 1)
    .addOption(
      new Option('--cluster <name>', 'a cluster that runs; without it, one is made and removed').env(
        'CLUSTER',
      ),
    )
    .option(
      '--report <file>',
      'where the Markdown report goes; JSON is written beside it',
      'faults-report.md',
    )
    .option('--list', 'print the faults, and run none', false)
    .option('--verbose', 'print stack traces', false)
    .showHelpAfterError()
    .exitOverride()
    .parse(args, { from: 'user' });
  const { only, ...options } = command.opts<Omit<Options, 'faults'> & { only: Fault[] }>();
  return { ...options, cluster: options.cluster, faults: only.length === 0 ? CATALOGUE : only };
}

function addFault(name: string, before: Fault[]): Fault[] {
  const fault = CATALOGUE.find((one) => one.name === name);
  if (!fault) throw new InvalidArgumentError(`There is ${CATALOGUE.map((one) => one.name).join(', ')}.`);
  return [...before, fault];
}

function toRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_RUNS}.`);
  return runs;
}
