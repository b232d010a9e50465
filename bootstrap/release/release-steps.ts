import type { Report, Step, StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { commitRelease } from './commit-release.ts';
import type { ImageSupply } from './image-supply.ts';
import type { ReleasePlan } from './release-plan.ts';
import type { ReleaseTarget } from './release-target.ts';
import { type TestSelection, testServices } from './test-services.ts';

/** What a release is made with. */
export interface ReleaseInputs {
  readonly plan: ReleasePlan;
  readonly target: ReleaseTarget;
  readonly supply: ImageSupply;
  /** The program's file. */
  readonly kustomize: () => Promise<string>;
  readonly tests: TestSelection;
  /** What the commit says, unless it is to name the images. */
  readonly message?: string;
}

const UNCHANGED = 'the tag is unchanged';

/**
 * The steps of a release. Each does what is still missing, and the commit is last: killed at any moment, it can
 * be made again, and what git says was always delivered before.
 */
export function releaseSteps(context: Context, inputs: ReleaseInputs): (Step | StepGroup)[] {
  const { plan, target, supply, kustomize, tests, message } = inputs;
  const { changed } = plan;
  const names = plan.images.map(({ name }) => name).join(', ');
  const build: Step = {
    title: `Build ${names}`,
    run: async (report) => {
      for (const image of changed) await supply.build(image, report);
      return changed.length === 0 ? UNCHANGED : undefined;
    },
  };
  const commit: Step = {
    title: `Commit clusters/${context.cluster.name}`,
    run: async () => {
      const made = await commitRelease(context, plan, await kustomize(), message);
      return made ? made.slice(0, 7) : 'nothing new';
    },
  };
  const test = testStep(context, plan, tests);
  const { reach, deliver, isShared } = target;
  // What nobody sees yet may be delivered while it is tested.
  const meanwhile = isShared ? [build] : [build, ...deliver];
  const together = test === undefined ? meanwhile : beside(test, meanwhile);
  const title = test === undefined ? 'Build' : 'Build and test';
  return [reach, ...group(title, together), ...(isShared ? deliver : []), commit];
}

function testStep(context: Context, { changed }: ReleasePlan, tests: TestSelection): Step | undefined {
  if (tests === 'none') return undefined;
  const names = changed.map(({ name }) => name);
  return {
    title: tests === 'all' ? 'Run all tests' : 'Run the quick tests',
    run: async (report) =>
      names.length === 0 ? UNCHANGED : await testServices(context, names, tests, report),
  };
}

/** Steps beside a test, whose failure waits for it: tests that run have servers, which they stop at their end. */
function beside(test: Step, others: readonly Step[]): Step[] {
  const started = Promise.withResolvers<unknown>();
  // How it ended is told by its own step.
  const ended = started.promise.catch(() => undefined);
  const tested: Step = {
    title: test.title,
    run: async (report) => {
      const outcome = runStep(test, report);
      started.resolve(outcome);
      return await outcome;
    },
  };
  const patient = others.map(
    (step): Step => ({
      title: step.title,
      run: async (report) => {
        try {
          return await runStep(step, report);
        } catch (error) {
          await ended;
          throw error;
        }
      },
    }),
  );
  return [tested, ...patient];
}

async function runStep(step: Step, report: Report): Promise<string | undefined> {
  const nothingDone = await step.run(report);
  return typeof nothingDone === 'string' ? nothingDone : undefined;
}

function group(title: string, steps: readonly Step[]): (Step | StepGroup)[] {
  return steps.length === 1 ? [...steps] : [{ title, steps }];
}
