import type { Source } from '../artifacts/source.ts';
import type { Finding } from '../checks/finding.ts';
import { describeRepairs, inspect, inspectProvider, listRemedies, repair } from '../checks/preflight.ts';
import { UserError } from '../lib/errors.ts';
import type { Report, Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';

/** How often is mended and looked again: a package brings an engine that then has to be started. */
const REPAIR_ROUNDS = 3;

/**
 * Checks what the command needs of this machine. As root on Debian it installs what is missing and starts
 * what is stopped, announcing it; otherwise it stops with everything that a person has to do.
 *
 * @param inspect looks at all that the command needs
 */
export function preflightStep(
  context: Context,
  inspect: () => Promise<Finding[]>,
  mayInstall: boolean,
): Step {
  const findProblems = async () => (await inspect()).filter((finding) => !finding.isFine);
  return {
    title: 'Check this machine',
    run: async (report) => {
      const done: string[] = [];
      let problems = await findProblems();
      for (let round = 0; problems.length > 0; round += 1) {
        const mayRepair = mayInstall && context.system.isRoot && round < REPAIR_ROUNDS;
        if (!mayRepair || problems.some((problem) => !problem.repair)) throw createError(problems);
        done.push(await announceAndRepair(context, problems, report));
        problems = await findProblems();
      }
      return done.length > 0 ? done.join(', ') : undefined;
    },
  };
}

/** As {@link preflightStep}, for a command that makes one more machine, or one anew. */
export function oneMachinePreflightStep(context: Context, source: Source): Step {
  const needs = { fromPackages: source === 'packages', isOneMore: true };
  return preflightStep(context, () => inspect(context, needs), true);
}

/** As {@link preflightStep}, for a command that only reaches the machines that there are. */
export function providerPreflightStep(context: Context): Step {
  return preflightStep(context, () => inspectProvider(context), true);
}

async function announceAndRepair(
  context: Context,
  problems: readonly Finding[],
  report: Report,
): Promise<string> {
  const repairs = describeRepairs(problems);
  context.log.info(repairs);
  report(repairs);
  await repair(context, problems);
  return repairs;
}

function createError(problems: readonly Finding[]): UserError {
  const message = problems.map(({ subject, detail }) => `${subject}: ${detail}`).join('\n  ');
  return new UserError(
    `this machine is not ready, and nothing has been changed\n  ${message}`,
    listRemedies(problems).join('\n        '),
  );
}
