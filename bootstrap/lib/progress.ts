import { type DefaultRenderer, Listr, type ListrTask, PRESET_TIMER, type SimpleRenderer } from 'listr2';

/** How often a step's activity is printed where nothing can be overwritten, at the most. */
const PLAIN_ACTIVITY_INTERVAL_MS = 20_000;

/** Says what a step is doing at the moment, in a few words. */
export type Report = (activity: string) => void;

/** One step of a command: has a name, can be done again at any time, and reports what it is doing. */
export interface Step {
  readonly title: string;
  /** Does what is still to be done; a returned sentence says that (and why) nothing was. */
  readonly run: (report: Report) => Promise<string | undefined> | Promise<void>;
}

/** Steps that don't depend on each other and run at the same time. */
export interface StepGroup {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** The step that failed, and why. */
export class StepError extends Error {
  readonly title: string;

  constructor(title: string, cause: unknown) {
    super(`The step "${title}" failed`, { cause });
    this.name = 'StepError';
    this.title = title;
  }
}

/** Where and how progress is shown. */
export interface ProgressOptions {
  readonly isTerminal: boolean;
  readonly isVerbose: boolean;
  readonly log: (message: string) => void;
}

/**
 * Runs steps one after the other, and those of a group together, and shows each with its state and seconds.
 *
 * @throws StepError for the first step that fails
 */
export async function runSteps(
  steps: readonly (Step | StepGroup)[],
  options: ProgressOptions,
): Promise<void> {
  const list = new Listr<unknown, 'default' | 'simple', 'simple'>(
    steps.map((step) => ('steps' in step ? groupTask(step, options) : stepTask(step, options))),
    {
      renderer: options.isTerminal && !options.isVerbose ? 'default' : 'simple',
      fallbackRenderer: 'simple',
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, collapseSkips: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
      registerSignalListeners: false,
    },
  );
  await list.run();
}

type Task = ListrTask<unknown, typeof DefaultRenderer | typeof SimpleRenderer, typeof SimpleRenderer>;

function groupTask(group: StepGroup, options: ProgressOptions): Task {
  return {
    title: group.title,
    task: (_, task) =>
      task.newListr(
        group.steps.map((step) => stepTask(step, options)),
        { concurrent: true, exitOnError: true },
      ),
  };
}

function stepTask(step: Step, options: ProgressOptions): Task {
  return {
    title: step.title,
    task: async (_, task) => {
      options.log(`== ${step.title}`);
      const startedAtMs = performance.now();
      const report = createReport((activity) => {
        task.output = activity;
      }, options);
      try {
        const nothingDone = await step.run(report);
        const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
        options.log(`== ${step.title}: done after ${seconds} s${nothingDone ? ` (${nothingDone})` : ''}`);
        if (nothingDone) task.title = `${step.title} (${nothingDone})`;
      } catch (error) {
        throw error instanceof StepError ? error : new StepError(step.title, error);
      }
    },
  };
}

function createReport(show: Report, options: ProgressOptions): Report {
  if (options.isTerminal) return show;
  let lastShownAtMs = performance.now();
  return (activity) => {
    if (performance.now() - lastShownAtMs < PLAIN_ACTIVITY_INTERVAL_MS) return;
    lastShownAtMs = performance.now();
    show(activity);
  };
}
