import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { findMisspelt } from './find-misspelt.ts';

/** The environment of a process: names to text. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Says every problem of a configuration at once, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`The configuration has ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads settings from environment variables. For each variable X of the schema, X_FILE may name a file
 * that holds the value instead, which is how mounted secrets come in; a final line break is dropped.
 * A variable whose name is nearly one of the schema's is a problem too.
 * Values never appear in the problems, since some are secret.
 * @param schema one property for each environment variable
 * @param environment where to look
 * @returns the validated values
 * @throws ConfigError with every problem found
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): z.output<z.ZodObject<Shape>> {
  const problems: string[] = [];
  const values: Record<string, string | undefined> = {};
  const unreadable = new Set<string>();
  for (const name of Object.keys(schema.shape)) {
    try {
      values[name] = readValue(name, environment);
    } catch (error) {
      unreadable.add(name);
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const result = schema.safeParse(values);
  for (const issue of result.error?.issues ?? []) {
    const name = issue.path.join('.');
    if (unreadable.has(name)) continue;
    problems.push(
      values[name] === undefined ? `${name}: is not set (nor is ${name}_FILE)` : `${name}: ${issue.message}`,
    );
  }
  const names = Object.keys(environment).filter((name) => environment[name]);
  problems.push(...findMisspelt(names, Object.keys(schema.shape)));
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  return result.data;
}

/** @returns the value of a variable, or of the file that its _FILE twin names; undefined where both are absent or empty */
function readValue(name: string, environment: Environment): string | undefined {
  const value = environment[name] || undefined;
  const path = environment[`${name}_FILE`] || undefined;
  if (path === undefined) return value;
  if (value !== undefined) throw new Error(`${name}: is set both here and by ${name}_FILE; keep one`);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`${name}_FILE: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
