import { runCommand } from './run-command.ts';

/** Every argument list that any process on this machine was seen with. */
export interface ProcessListRecorder {
  readonly commandLines: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Looks at the process list several times a second, as a curious user of the machine could. */
export function recordProcessLists(): ProcessListRecorder {
  const commandLines = new Set<string>();
  let isStopped = false;
  const record = async () => {
    while (!isStopped) {
      const list = await runCommand('ps', ['-eww', '-o', 'args=']);
      for (const line of list.stdout.split('\n')) commandLines.add(line);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  const recording = record();
  return {
    commandLines,
    async stop() {
      isStopped = true;
      await recording;
    },
  };
}
