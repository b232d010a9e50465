import type { Step, StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { commitRelease } from './commit-release.ts';
import type { ReleasePlan } from './release-plan.ts';
import type { ReleaseTarget } from './release-target.ts';
import { testServices } from './test-services.ts';

/** What a release is made with. */
export interface ReleaseInputs {
  readonly plan: ReleasePlan;
  readonly target: ReleaseTarget;
  /** The program's file. */
  readonly kustomize: () => Promise<string>;
  /** Whether tests are run. */
  readonly tests: boolean;
  /** What the commit says, unless it is to name the images. */
  readonly message?: string;
}

const UNCHANGED = 'the tag is unchanged';

/**
 * The steps of a release. Each does what is still missing, and the commit is last: killed at any moment, it can
 * be made again, and what git says was always delivered before.
 */
export function releaseSteps(context: Context, inputs: ReleaseInputs): (Step | StepGroup)[] {
  const { plan, target, kustomize, tests, message } = inputs;
  const names = plan.changed.map(({ name }) => name);
  const shownNames = plan.images.map(({ name }) => name).join(', ');
  const build: Step = {
    title: `Build ${shownNames}`,
    run: async (report) => {
      for (const image of plan.changed) await target.prepare(image, report);
      return names.length === 0 ? UNCHANGED : undefined;
    },
  };
  const test: Step = {
    title: `Test ${shownNames}`,
    run: async (report) => (names.length === 0 ? UNCHANGED : await testServices(context, names, report)),
  };
  const commit: Step = {
    title: `Commit clusters/${context.cluster.name}`,
    run: async () => {
      const made = await commitRelease(context, plan, await kustomize(), message);
      return made ? made.slice(0, 7) : 'nothing new';
    },
  };
  return [
    target.reach,
    { title: 'Build and test', steps: tests ? [build, test] : [build] },
    target.deliver,
    commit,
  ];
}
