import { expect, test } from 'vitest';
import { runSteps, type Step, type StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { type ReleaseInputs, releaseSteps } from './release-steps.ts';
import type { ReleaseTarget } from './release-target.ts';

const options = { isTerminal: false, isVerbose: false, log: () => undefined };
const context = { cluster: { name: 'local' } } as Context;
const image = { name: 'api-gateway', repository: 'docker.io/me/api-gateway', tag: 'abc' };

const step = (title: string): Step => ({ title, run: () => Promise.resolve() });

function titlesOf(isShared: boolean, tests: ReleaseInputs['tests']): unknown[] {
  const deliver = isShared ? [step('Push')] : [step('Load into master'), step('Load into agent')];
  const target: ReleaseTarget = { reach: step('Reach'), deliver, isShared, place: 'there' };
  const inputs = { target, tests, plan: { images: [image], changed: [image], files: [], overlays: [] } };
  const steps = releaseSteps(context, inputs as unknown as ReleaseInputs);
  return steps.map((one: Step | StepGroup) =>
    'steps' in one ? one.steps.map(({ title }) => title) : one.title,
  );
}

test('what others see is delivered after its tests, what nobody sees at the same time; the commit is last', () => {
  const commit = 'Commit clusters/local';
  expect(titlesOf(true, 'all')).toEqual(['Reach', 'Build api-gateway', 'Run all tests', 'Push', commit]);
  expect(titlesOf(false, 'quick')).toEqual([
    'Reach',
    'Build api-gateway',
    ['Run the quick tests', 'Load into master', 'Load into agent'],
    commit,
  ]);
  expect(titlesOf(true, 'none')).toEqual(['Reach', 'Build api-gateway', 'Push', commit]);
});

test('nothing is committed where an image can’t be delivered', async () => {
  const broken: Step = {
    title: 'Load into master',
    run: () => Promise.reject<undefined>(new Error('the line broke')),
  };
  const target: ReleaseTarget = {
    reach: step('Reach'),
    deliver: [broken],
    isShared: false,
    place: 'there',
  };
  const plan = { images: [image], changed: [], files: [], overlays: [] };
  const kustomize = () => Promise.reject(new Error('it came to the commit'));
  const inputs = { target, plan, kustomize, tests: 'quick' } as unknown as ReleaseInputs;
  const run = runSteps(releaseSteps(context, inputs), options);
  await expect(run).rejects.toMatchObject({ title: 'Load into master' });
});
