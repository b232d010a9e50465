import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { provideArtifact } from '../artifacts/artifact.ts';
import { hashFiles, hashText, listFiles } from '../artifacts/content-hash.ts';
import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { CommandError } from '../lib/shell.ts';
import type { Context } from '../settings/context.ts';

/** Which tests are run: those that take seconds, all of them as CI does, or none. */
export type TestSelection = 'quick' | 'all' | 'none';

/**
 * The tests that break what a service needs, end it under load, or try thousands of inputs: they take minutes on a
 * small machine. And those that look at pages, which need a browser.
 */
const SLOW_TESTS = ['**/*outage*.test.ts', '**/lifecycle.test.ts', '**/*fuzz*.test.ts', '**/browser.test.ts'];

/** Tests wait more than they compute: two cores bear this many files at a time, and more files on more cores. */
const FEWEST_WORKERS = 4;

/** What of services/ was made from the rest of it. */
const MADE = ['node_modules', 'dist'];

/**
 * Runs the tests of services, unless they have passed before with everything in services/ as it is now.
 *
 * @returns why nothing was run
 * @throws UserError when a test fails
 */
export async function testServices(
  context: Context,
  names: readonly string[],
  selection: Exclude<TestSelection, 'none'>,
  report: Report,
): Promise<string | undefined> {
  const services = join(context.repository, 'services');
  const files = await listFiles(services, (path) => MADE.some((name) => path.split('/').includes(name)));
  const tested = names.filter((name) =>
    files.some((file) => file.startsWith(`${name}/`) && file.endsWith('.test.ts')),
  );
  if (tested.length === 0) return `${names.join(', ')} has none`;
  let isRun = false;
  const key = hashText(await hashFiles(services, files), selection, ...tested.toSorted());
  const build = async () => {
    isRun = true;
    await runTests(context, tested, selection, report);
  };
  await provideArtifact({ name: 'passed-tests', key, build }, context.directories.cache, report);
  return isRun ? undefined : 'passed before';
}

async function runTests(
  context: Context,
  names: readonly string[],
  selection: TestSelection,
  report: Report,
): Promise<void> {
  const { shell, repository, environment } = context;
  await shell.run(join(repository, 'bootstrap', 'install-dependencies.sh'), ['--with-services']);
  // The programs that tests start must be run by the pinned Node, too.
  const path = `${join(repository, 'node_modules', '.bin')}:${environment.path}`;
  const folders = names.map((name) => join('services', name, '/'));
  try {
    const left = selection === 'quick' ? SLOW_TESTS.flatMap((pattern) => ['--exclude', pattern]) : [];
    const workers = ['--maxWorkers', `${Math.max(FEWEST_WORKERS, availableParallelism() - 1)}`];
    await shell.run('vitest', ['run', '--project', 'services', ...folders, ...left, ...workers], {
      cwd: repository,
      env: { PATH: path, NO_COLOR: '1' },
      onLine: (line) => report(line.trim()),
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const failed = [...error.result.stderr.matchAll(/ FAIL .*/g)].map(([line]) => line.trim());
    throw new UserError(
      ['The tests fail, and nothing is released.', ...new Set(failed)].join('\n'),
      `The log has what they printed; they alone: npm run test:services -- ${folders.join(' ')}. To release all the same: --no-tests.`,
      { cause: error },
    );
  }
}
