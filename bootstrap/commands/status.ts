import type { Command } from 'commander';
import { formatClusterStatus } from '../status/format-cluster-status.ts';
import { readClusterStatus } from '../status/read-cluster-status.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface StatusOptions extends CommonOptions {
  readonly json: boolean;
}

/** `status`: shows machines, nodes, Applications and addresses. */
export function registerStatus(program: Command): void {
  addCommonOptions(program.command('status').description('show machines, nodes, Applications, addresses'))
    .option('--json', 'print it for programs', false)
    .action((options: StatusOptions) =>
      runSession('status', options, async ({ context }) => {
        const status = await readClusterStatus(context);
        const text = options.json ? JSON.stringify(status, null, 2) : formatClusterStatus(status);
        process.stdout.write(`${text}\n`);
      }),
    );
}
