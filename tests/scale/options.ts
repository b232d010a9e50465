import { Command, InvalidArgumentError, Option } from 'commander';
import { TOUCHED, type Touched } from './scaled-cluster.ts';

const MOST_APPLICATIONS = 999;
const MOST_RUNS = 50;

/** What the command is asked for. */
export interface Options {
  readonly cluster: string;
  /** How many generated Applications, one after the other. */
  readonly counts: readonly number[];
  /** What the commits touch. */
  readonly commits: readonly Touched[];
  readonly runs: number;
  /** A file for the figures as JSON. */
  readonly report: string | undefined;
  readonly verbose: boolean;
}

/** Reads the arguments; prints help or what is wrong with them, and throws CommanderError then. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run scale --')
    .description(
      'Measures the time from push to Synced with more and more Applications on a cluster that runs.',
    )
    .addOption(new Option('--cluster <name>', 'a cluster that runs').env('CLUSTER').makeOptionMandatory())
    .option('--counts <number...>', 'how many Applications are generated (default: 1 10 100)', addCount)
    .addOption(new Option('--commits <kind...>', 'what the commits touch').choices(TOUCHED).default(TOUCHED))
    .option('--runs <number>', 'how often each kind of commit is pushed', toWholeNumber(MOST_RUNS), 5)
    .option('--report <file>', 'where the figures go as JSON')
    .option('--verbose', 'print stack traces', false)
    .showHelpAfterError()
    .exitOverride()
    .parse(args, { from: 'user' });
  const { counts = [1, 10, 100], ...options } = command.opts<
    Omit<Options, 'counts'> & { counts?: number[] }
  >();
  return { ...options, report: options.report, counts };
}

function addCount(text: string, before: readonly number[] = []): number[] {
  return [...before, toWholeNumber(MOST_APPLICATIONS)(text)];
}

function toWholeNumber(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}
