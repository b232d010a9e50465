import { type Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../lib/errors.ts';
import { parseDuration } from '../nodes/parse-duration.ts';
import { followLogs } from '../observability/follow-logs.ts';
import {
  type AskLoki,
  type LogLine,
  type LogSpan,
  listComponents,
  readLogs,
} from '../observability/read-logs.ts';
import type { Context } from '../settings/context.ts';
import { OBSERVABILITY_NAMESPACE } from '../settings/namespaces.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface LogsOptions extends CommonOptions {
  /** In milliseconds. */
  readonly since: number;
  readonly grep?: string;
  readonly request?: string;
  readonly follow: boolean;
}

const LOKI = { namespace: OBSERVABILITY_NAMESPACE, service: 'loki', port: 3100 } as const;
const DAY_MS = 86_400_000;
const NS_PER_MS = 1_000_000n;

/** `logs`: prints what a component has logged, also in pods that are gone. */
export function registerLogs(program: Command): void {
  addCommonOptions(
    program.command('logs').description('print what a component has logged, also in pods that are gone'),
  )
    .argument('[component]', 'such as api-gateway; all of them, with --request')
    .addOption(
      new Option('--since <duration>', 'how far back, such as 90s, 5m, 1h or 7d')
        .argParser(parseSince)
        .default(parseSince('1h'), '1h'),
    )
    .option('--grep <pattern>', 'only lines that match a regular expression (RE2)')
    .option('--request <id>', 'only lines about this request, by its X-Request-Id')
    .option('-f, --follow', 'then print what comes, until Ctrl-C', false)
    .action((component: string | undefined, options: LogsOptions) =>
      runSession('logs', options, async ({ context }) => await printLogs(context, component, options), {
        endsByInterrupt: options.follow,
      }),
    );
}

/** As parseDuration, with days: logs are older than anything that is waited for. */
function parseSince(text: string): number {
  const [, days] = text.match(/^([1-9]\d{0,3})d$/) ?? [];
  if (days !== undefined) return Number(days) * DAY_MS;
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('It must look like 90s, 5m, 1h or 7d.');
  }
}

async function printLogs(
  context: Context,
  component: string | undefined,
  { since, grep, request, follow }: LogsOptions,
): Promise<void> {
  requireQuestion(component, request);
  requireLogs(context);
  await using loki = (await accessCluster(context).kubernetes()).connectToService(LOKI);
  const ask: AskLoki = (path) => loki.get(path);
  const now = BigInt(Date.now()) * NS_PER_MS;
  const span = { fromNs: now - BigInt(since) * NS_PER_MS, toNs: now + NS_PER_MS };
  const question = { component, grep, request };
  const signal = AbortSignal.any([context.signal, whenUnread()]);
  // A question that is being answered ends with it.
  signal.addEventListener('abort', () => void loki[Symbol.asyncDispose]());
  if (follow) {
    await noteUnknown(ask, component, span);
    const options = { fromNs: span.fromNs, signal, report: printNote };
    await printLines(followLogs(ask, question, options), signal);
    return;
  }
  const count = await printLines(readLogs(ask, question, span), signal);
  if (count === 0 && !signal.aborted) printNote(await explainNothing(ask, component, span));
}

/** @returns how many there were until the signal */
async function printLines(lines: AsyncIterable<LogLine>, signal: AbortSignal): Promise<number> {
  let count = 0;
  try {
    for await (const line of lines) {
      process.stdout.write(`${formatLine(line)}\n`);
      count += 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return count;
}

/** Aborted as soon as nobody reads on, as when `head` has enough. */
function whenUnread(): AbortSignal {
  const abort = new AbortController();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    abort.abort();
  });
  return abort.signal;
}

/** Beside the lines, which may go to a program. */
function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

function requireQuestion(component: string | undefined, request: string | undefined): void {
  if (component || request) return;
  throw new UserError(
    'Whose logs?',
    'Name a component, ./orchestrator.sh logs api-gateway, or a request, --request ID.',
  );
}

function requireLogs({ cluster }: Context): void {
  if (cluster.settings.observability.logs > 0) return;
  throw new UserError(
    `The cluster ${cluster.name} keeps no logs: observability.logs in its cluster.yaml is 0.`,
    'Set it to a number of MiB, and run ./orchestrator.sh create. What runs now can be read with kubectl logs.',
  );
}

/** Pods differ in what else they write before a line, so the time in front is when the line was written. */
function formatLine({ atNs, pod, text }: LogLine): string {
  return `${new Date(Number(atNs / NS_PER_MS)).toISOString()} ${pod} ${text}`;
}

/** Who follows may well wait for something that has not begun. */
async function noteUnknown(ask: AskLoki, component: string | undefined, span: LogSpan): Promise<void> {
  if (!component || (await listComponents(ask, span)).includes(component)) return;
  printNote(`Nothing of that time is from a component \`${component}\`; waiting for it …`);
}

/** @throws UserError where no component of that name wrote anything */
async function explainNothing(ask: AskLoki, component: string | undefined, span: LogSpan): Promise<string> {
  const known = await listComponents(ask, span);
  if (component && !known.includes(component))
    throw new UserError(
      `Nothing of that time is from a component \`${component}\`.`,
      `There is something from ${known.sort().join(', ') || 'nobody'}. --since 24h looks further back.`,
    );
  return 'No line of that time matches.';
}
