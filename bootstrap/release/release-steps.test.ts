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
  const build = 'Build api-gateway';
  const load = ['Load into master', 'Load into agent'];
  expect(titlesOf(true, 'all')).toEqual(['Reach', ['Run all tests', build], 'Push', commit]);
  expect(titlesOf(false, 'quick')).toEqual(['Reach', ['Run the quick tests', build, ...load], commit]);
  expect(titlesOf(true, 'none')).toEqual(['Reach', build, 'Push', commit]);
  expect(titlesOf(false, 'none')).toEqual(['Reach', [build, ...load], commit]);
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

test('nothing is committed where tests can’t be run, though the image could be delivered', async () => {
  const load = step('Load into master');
  const target: ReleaseTarget = { reach: step('Reach'), deliver: [load], isShared: false, place: 'there' };
  const plan = { images: [image], changed: [image], files: [], overlays: [] };
  const supply = { build: () => Promise.resolve() };
  const kustomize = () => Promise.reject(new Error('it came to the commit'));
  const inputs = { target, plan, supply, kustomize, tests: 'quick' } as unknown as ReleaseInputs;
  const nowhere = { ...context, repository: '/nowhere' };
  await expect(runSteps(releaseSteps(nowhere, inputs), options)).rejects.toMatchObject({
    title: 'Run the quick tests',
  });
});
