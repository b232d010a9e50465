import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { printFailure } from '../../lib/failure.ts';
import type { Log } from '../../lib/log.ts';
import { createShell, type Shell } from '../../lib/shell.ts';
import { readEnvironment } from '../../settings/environment.ts';
import { readDockerCredentials } from '../docker-credentials.ts';
import { openRegistry, type Registry } from '../registry.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** What GitHub gives to the steps of a workflow (https://docs.github.com/en/actions/reference/workflows-and-actions/variables). */
const variablesSchema = z.object({ GITHUB_OUTPUT: z.string().optional() });

/** What a script of a workflow works with. */
export interface ScriptContext {
  readonly shell: Shell;
  /** The folder of the clone. */
  readonly clone: string;
  /** The host of the registry that was named. */
  readonly host: string;
  readonly registry: Registry;
  readonly branch: string;
  print(line: string): void;
  /** Sets an output of the step; only prints it where no workflow runs. */
  setOutput(name: string, value: string): Promise<void>;
}

/** Runs a script that a workflow calls; a failure is printed, and ends it with exit code 1. */
export async function runScript(
  name: string,
  description: string,
  body: (context: ScriptContext) => Promise<void>,
): Promise<void> {
  const program = new Command(name)
    .description(description)
    .option('--registry <host>', 'the registry whose clusters are meant', 'docker.io')
    .option('--branch <name>', 'the branch that clusters follow', 'main')
    .option('--repository <folder>', 'the clone', REPOSITORY)
    .action(async (options: { registry: string; branch: string; repository: string }) => {
      const shell = createShell(createConsoleLog(), new AbortController().signal);
      const { dockerConfig } = readEnvironment();
      const credentials = await readDockerCredentials(shell, dockerConfig, options.registry);
      await body({
        shell,
        clone: options.repository,
        host: options.registry,
        registry: openRegistry(options.registry, credentials),
        branch: options.branch,
        print,
        setOutput,
      });
    });
  try {
    await program.parseAsync();
  } catch (error) {
    printFailure(error, { isVerbose: true });
    process.exitCode = 1;
  }
}

/** GitHub keeps what a step prints: that is the log. */
function createConsoleLog(): Log {
  return { file: '', info: print, error: print, close: () => Promise.resolve() };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function setOutput(name: string, value: string): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: the edge of a script, whose settings GitHub gives as variables
  const { GITHUB_OUTPUT } = variablesSchema.parse(process.env);
  if (GITHUB_OUTPUT) await appendFile(GITHUB_OUTPUT, `${name}=${value}\n`);
  print(`${name}=${value}`);
}
