import { Command, CommanderError } from 'commander';
import { registerCommands } from './commands/commands.ts';
import { printFailure } from './lib/failure.ts';

const program = new Command('./orchestrator.sh')
  .description('A GitOps cluster of your own: machines, K3s and Argo CD; from then on, git push deploys.')
  .showHelpAfterError('(./orchestrator.sh --help lists commands and options)')
  .exitOverride();

registerCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own messages, for a wrong option as for --help.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    printFailure(error, { isVerbose: process.argv.includes('--verbose') });
    process.exitCode = 1;
  }
}

// What is open or under way still must not keep the program here: work that was interrupted, or a watch that
// reconnected while it was being stopped.
process.stdout.write('', () => process.exit());
