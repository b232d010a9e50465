/** One figure of a metric. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a program tells of itself. */
export interface Exposition {
  readonly samples: readonly MetricSample[];
  /** The metrics that it has, also those without a figure yet. */
  readonly families: ReadonlySet<string>;
}

const samplePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads Prometheus' text format. Lines that are none of it are left out.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parseExposition(text: string): Exposition {
  const samples: MetricSample[] = [];
  const families = new Set<string>();
  for (const line of text.split('\n')) {
    const [, family] = /^# TYPE (\S+)/.exec(line) ?? [];
    if (family !== undefined) families.add(family);
    if (line.startsWith('#')) continue;
    const [, name, labels = '', value] = samplePattern.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined) continue;
    samples.push({ name, labels: parseLabels(labels), value: parseValue(value) });
  }
  return { samples, families };
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(labelPattern)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescapeValue(value)]));
}

function unescapeValue(value: string): string {
  return value.replace(/\\(.)/g, (_whole, character: string) => (character === 'n' ? '\n' : character));
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
