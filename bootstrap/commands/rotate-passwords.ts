import type { Command } from 'commander';
import { requireRepository } from '../lib/git.ts';
import { runSteps } from '../lib/progress.ts';
import { rotatePasswordsSteps } from '../rotation/rotate-passwords-steps.ts';
import { ROTATED_SECRETS } from '../rotation/rotated-secrets.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { openInputs } from './rotate-keys.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

/** `rotate-passwords`: gives the databases and the broker new passwords while they are used. */
export function registerRotatePasswords(program: Command): void {
  addCommonOptions(
    program.command('rotate-passwords').description('give the databases and the broker new passwords'),
  ).action((options: CommonOptions) =>
    runExclusiveSession('rotate-passwords', options, async (session) => {
      const { context, progress } = session;
      await requireRepository(context.shell, context.repository, context.cluster.settings.git.path);
      const inputs = openInputs(session);
      const reach = reachControlPlaneStep(context, inputs.kubernetes);
      await runSteps([reach, ...rotatePasswordsSteps(context, inputs)], progress);
      process.stdout.write(
        `${ROTATED_SECRETS.length} passwords are new, everything uses them, and the old ones are refused\n`,
      );
    }),
  );
}
