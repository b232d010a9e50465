import type { Report, Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { waitUntilOpened } from './deliver-commits.ts';
import { waitUntilMounted, waitUntilRefused, waitUntilTaken, waitUntilUnused } from './login-conditions.ts';
import type { PodAccess } from './login-servers.ts';
import { isBefore, type Phase } from './logins.ts';
import {
  type CommittedSecret,
  commitPhase,
  endPasswordRotation,
  isRotatingPasswords,
  provideRotation,
} from './password-files.ts';
import { restartConsumers } from './restart-consumers.ts';
import type { RotationInputs } from './rotate-keys-steps.ts';
import { requireCommittedSecrets } from './sealed-files.ts';

const DONE_EARLIER = 'an earlier run did that';

/** What a phase is waited for with. */
interface PhaseWait {
  readonly access: PodAccess;
  readonly rotation: string;
  readonly secrets: readonly CommittedSecret[];
  /** The secrets before the phase, where this run has made its commit. */
  readonly before: readonly CommittedSecret[];
  readonly report: Report;
}

/**
 * The steps of a rotation of passwords: three commits, each delivered and taken by everything that it is about before
 * the next is made. At every moment the password that anything uses is one that its server takes. Killed at any
 * moment, the same steps go on from the last commit.
 */
export function rotatePasswordsSteps(context: Context, inputs: RotationInputs): Step[] {
  const tools = { context, kubeseal: inputs.kubeseal };
  const runPhase = async (phase: Phase, report: Report, wait: (state: PhaseWait) => Promise<void>) => {
    const { id, phase: reached, secrets: before } = await provideRotation(tools);
    if (isBefore(phase, reached)) return DONE_EARLIER;
    const secrets = await commitPhase(tools, phase);
    report('delivering the commit');
    await inputs.delivery.deliver(report);
    const kubernetes = await inputs.kubernetes();
    const access = { kubernetes, signal: context.signal };
    const sealed = secrets.map((one) => one.sealed);
    await waitUntilOpened(kubernetes, sealed, report);
    await waitUntilMounted(access, secrets, report);
    await wait({ access, rotation: id, secrets, before: reached === phase ? [] : before, report });
    return undefined;
  };
  return [
    {
      title: 'Check the sealed passwords',
      run: async () => {
        if (!(await isRotatingPasswords(context))) await requireCommittedSecrets(context);
        await inputs.delivery.requireNothingElse();
        const { id, isResumed } = await provideRotation(tools);
        return isResumed ? `goes on with the rotation ${id}` : undefined;
      },
    },
    {
      title: 'Announce new passwords',
      run: (report) =>
        runPhase('announced', report, ({ access, secrets }) => waitUntilTaken(access, secrets, report)),
    },
    {
      title: 'Have everything use them',
      run: (report) =>
        runPhase('switched', report, async ({ access, secrets, rotation }) => {
          await restartConsumers(access.kubernetes, rotation, report);
          await waitUntilUnused(access, secrets, report);
        }),
    },
    {
      title: 'Refuse the old ones',
      run: async (report) => {
        await runPhase('settled', report, ({ access, secrets, before }) =>
          waitUntilRefused(access, secrets, before, report),
        );
        await endPasswordRotation(context);
      },
    },
  ];
}
