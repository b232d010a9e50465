import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import { type ClusterSettings, clusterSettingsSchema } from './cluster-settings.ts';

const CLUSTER_NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

/**
 * Reads and validates `clusters/<name>/cluster.yaml`.
 *
 * @param repository the folder of the clone
 * @throws UserError that lists every problem with its line, when the file is missing or not right
 */
export async function readClusterSettings(repository: string, name: string): Promise<ClusterSettings> {
  if (!CLUSTER_NAME.test(name)) {
    const remedy = 'A name has small letters, digits and hyphens, and is that of a folder in clusters/.';
    throw new UserError(`\`${name}\` is no name of a cluster.`, remedy);
  }
  const file = join(repository, 'clusters', name, 'cluster.yaml');
  const shownFile = relative(process.cwd(), file) || file;
  const text = await readFile(file, 'utf8').catch(async (cause: unknown) => {
    const known = (await listClusters(repository)).join(', ');
    throw new UserError(
      `There is no cluster \`${name}\`: ${shownFile} does not exist.`,
      `Clusters here: ${known || 'none'}. A new one starts as a copy: mkdir clusters/${name} && cp clusters/local/cluster.yaml clusters/${name}/`,
      { cause },
    );
  });
  return parseClusterSettings(text, shownFile);
}

/** As {@link readClusterSettings}, from text; `shownFile` names it in messages. */
export function parseClusterSettings(text: string, shownFile: string): ClusterSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const remedy = 'Correct the file and run the command again. docs/settings.md explains every key.';
  const syntaxProblems = document.errors.map((error) => {
    const line = error.linePos?.[0].line ?? 1;
    return `${shownFile}:${line}: ${error.message.split('\n')[0]}`;
  });
  if (syntaxProblems.length > 0) throw new UserError(syntaxProblems.join('\n'), remedy);
  const parsed = clusterSettingsSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .flatMap(describeIssue)
    .map((problem) => ({ ...problem, line: lineOf(document, lines, problem.path) }))
    .sort((one, other) => one.line - other.line)
    .map(({ line, path, message }) => `${shownFile}:${line}: ${path.join('.') || 'the file'} ${message}`);
  throw new UserError(problems.join('\n'), remedy);
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a known key' }));
    case 'invalid_type':
      return [{ path: issue.path, message: describeMissing(issue) }];
    case 'invalid_value':
      return [{ path: issue.path, message: `must be one of ${issue.values.join(', ')}` }];
    case 'invalid_key':
      return [{ path: issue.path, message: 'is not the name of a registry, such as docker.io, or *' }];
    default:
      return [{ path: issue.path, message: issue.message }];
  }
}

function describeMissing(issue: z.core.$ZodIssueInvalidType): string {
  if (issue.message.startsWith('must ')) return issue.message;
  return issue.message.includes('undefined') ? 'is missing' : `must be of the type ${issue.expected}`;
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

async function listClusters(repository: string): Promise<string[]> {
  const entries = await readdir(join(repository, 'clusters'), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
