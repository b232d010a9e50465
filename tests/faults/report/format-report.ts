import { formatTable } from '../../../bootstrap/lib/format-table.ts';
import { REQUEST_KINDS, type RequestKind } from '../load/request.ts';
import type { ReportEnvironment } from './environment.ts';
import type { Seconds, Summary } from './summarize.ts';

const HEAD = [
  'fault',
  'verdict',
  'served again',
  'after healing',
  'whole',
  'failed',
  'acknowledged',
  'lost',
  'duplicated',
];
const ALERT_HEAD = ['fault', 'alert', 'fired after', 'runbook'];
export const LEGEND = [
  'Three figures stand for reads, movie writes and orders. Seconds are the slowest, failed requests the most of all runs;',
  'acknowledged, lost and duplicated writes are those of all runs together.',
  '“Served again”: from the injection (of several, the slowest) until the end of the first answer whose request began',
  'after the last one that failed or took more than 5 s; 0.0 where there was no such request. “After healing”: the same,',
  'from the moment when what was injected had been taken back. “Whole”: from then until every pod, database member,',
  'broker and Application was well.',
];

/** The report for a terminal. */
export function formatReport(environment: ReportEnvironment, summaries: readonly Summary[]): string {
  const rows = summaries.map(toRow);
  const alertRows = summaries.flatMap(toAlertRow);
  const failed = summaries.filter(({ verdict }) => verdict !== 'passed');
  return [
    describeEnvironment(environment),
    '',
    formatTable(HEAD, rows),
    '',
    ...LEGEND,
    ...(alertRows.length > 0 ? ['', formatTable(ALERT_HEAD, alertRows)] : []),
    ...failed.flatMap(({ title, verdict, violations }) => [
      '',
      `${title}: ${verdict}`,
      ...violations.map((one) => `  ${one}`),
    ]),
    '',
    countVerdicts(summaries),
  ].join('\n');
}

/** The report as Markdown: the table, then what each fault is and what was seen. */
export function formatMarkdown(environment: ReportEnvironment, summaries: readonly Summary[]): string {
  const alertRows = summaries.flatMap(toAlertRow);
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [
    '# Faults',
    '',
    describeEnvironment(environment),
    '',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...summaries.map((summary) => line(toRow(summary))),
    '',
    LEGEND.join(' '),
    '',
    ...(alertRows.length > 0
      ? [line(ALERT_HEAD), line(ALERT_HEAD.map(() => '---')), ...alertRows.map(line), '']
      : []),
    countVerdicts(summaries),
    ...summaries.flatMap(formatSection),
    '',
  ].join('\n');
}

function formatSection(summary: Summary): string[] {
  const { name, title, expected, violations, notes, failures } = summary;
  const counted = Object.entries(failures).map(([failure, count]) => `${failure}: ${count}`);
  return [
    '',
    `## ${title} (\`${name}\`)`,
    '',
    `Must: ${expected}`,
    '',
    `Verdict: ${describeVerdict(summary)}.`,
    ...(violations.length > 0 ? ['', ...violations.map((one) => `- ${one.replaceAll('\n', ' ')}`)] : []),
    ...(counted.length > 0 ? ['', `Failed requests of all runs: ${counted.join(', ')}.`] : []),
    ...(notes.length > 0 ? ['', `Done: ${notes.join('; ')}.`] : []),
  ];
}

function toRow(summary: Summary): string[] {
  const all = (values: Readonly<Record<RequestKind, Seconds>>) =>
    REQUEST_KINDS.map((kind) => formatSeconds(values[kind])).join(' / ');
  return [
    summary.name,
    describeVerdict(summary),
    all(summary.servedAgain),
    all(summary.servedAfterHealing),
    formatSeconds(summary.wholeAfter),
    REQUEST_KINDS.map((kind) => summary.failed[kind]).join(' / '),
    String(summary.acknowledged),
    String(summary.lost),
    String(summary.duplicated),
  ];
}

/** Seconds from the first injection. */
function toAlertRow({ name, alert }: Summary): string[][] {
  if (!alert) return [];
  return [
    [name, alert.name, formatSeconds(alert.after), `docs/runbooks/alerts.md#${alert.name.toLowerCase()}`],
  ];
}

function describeVerdict({ verdict, passedRuns, runs }: Summary): string {
  return verdict === 'failed' || runs > 1 ? `${verdict} (${passedRuns} of ${runs})` : verdict;
}

function formatSeconds(seconds: Seconds): string {
  return typeof seconds === 'number' ? seconds.toFixed(1) : seconds;
}

function describeEnvironment(environment: ReportEnvironment): string {
  const { date, commit, provider, source, machines, host, runs } = environment;
  return `${date} UTC, commit ${commit}; provider ${provider}, source ${source}; ${machines}; on ${host}. Runs of each fault: ${runs}.`;
}

function countVerdicts(summaries: readonly Summary[]): string {
  const count = (verdict: Summary['verdict']) => summaries.filter((one) => one.verdict === verdict).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('not run') + count('unfit')} not run`;
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
