import { basename } from 'node:path';
import { UserError } from './errors.ts';
import { formatCommand, type Shell } from './shell.ts';

/** Something that would use the network was to be done for a cluster that is made without one. */
export class OfflineError extends UserError {
  /** @param work what was to be done, such as `download https://…` */
  constructor(work: string) {
    super(
      `what this clone needs is not all in the bundle: without a network, nothing can ${work}`,
      'Make a bundle of this very commit where there is a network (./orchestrator.sh bundle FILE), and give it to ' +
        './orchestrator.sh create --bundle FILE. Where this machine has a network now: ./orchestrator.sh create --no-bundle.',
    );
    this.name = 'OfflineError';
  }
}

/** The subcommands of programs that fetch; `*` is every one. */
const FETCHING: Readonly<Record<string, readonly string[]>> = {
  'apt-get': ['*'],
  docker: ['build', 'buildx', 'pull', 'push'],
  go: ['*'],
  mmdebstrap: ['*'],
  npm: ['*'],
};

/** A shell that refuses the programs that would fetch something, before they begin. */
export function createOfflineShell(shell: Shell): Shell {
  const refuse = (program: string, args: readonly string[]) => {
    const subcommands = FETCHING[basename(program)] ?? [];
    const [subcommand = ''] = args;
    // `docker buildx version` only tells whether there is one.
    const isQuestion = args.at(-1) === 'version' || args.at(-1) === '--version';
    if (isQuestion || !(subcommands.includes('*') || subcommands.includes(subcommand))) return;
    throw new OfflineError(`run \`${formatCommand(program, args)}\``);
  };
  return {
    async run(program, args, options) {
      refuse(program, args);
      return await shell.run(program, args, options);
    },
    async attempt(program, args, options) {
      refuse(program, args);
      return await shell.attempt(program, args, options);
    },
  };
}
