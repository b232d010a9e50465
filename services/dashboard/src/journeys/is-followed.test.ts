import { beforeEach, expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import { createApplication } from '../testing/objects.ts';
import { isFollowed } from './is-followed.ts';
import { JourneyTracker } from './journey-tracker.ts';
import { parsePush } from './push.ts';

const before = 'a'.repeat(40);
const pushed = 'b'.repeat(40);
const application = (target: string) => createApplication({ name: 'api-gateway', revision: before, target });

let objects: ObjectStore;
let tracker: JourneyTracker;

beforeEach(() => {
  objects = new ObjectStore();
  tracker = new JourneyTracker();
});

const list = () => tracker.list(Date.now()).map(({ revision }) => revision);
const follow = (target: string) =>
  objects.apply({ type: 'applied', kind: 'Application', object: application(target) });

test('a push to a branch that no Application follows is not on the page', () => {
  follow('main');
  tracker.begin(objects);
  tracker.push({ revision: pushed, branch: 'feature', files: ['README.md'] }, objects, 1);
  expect(list()).toEqual([before]);
  // It comes to be followed when its branch is merged.
  tracker.push({ revision: pushed, branch: 'main', files: ['README.md'] }, objects, 5000);
  expect(list()).toEqual([pushed, before]);
  expect(tracker.list(6000)[0]?.stages[0]).toMatchObject({ name: 'pushed', atMs: 5000 });
});

test('a push that was told of before the Applications were known is judged when they are', () => {
  tracker.push({ revision: pushed, branch: 'feature' }, objects, 1);
  tracker.push({ revision: 'c'.repeat(40), branch: 'main' }, objects, 2);
  follow('main');
  tracker.begin(objects);
  expect(list()).toEqual(['c'.repeat(40), before]);
  // Argo CD may come to it another way.
  const object = createApplication({ name: 'api-gateway', revision: pushed });
  objects.apply({ type: 'applied', kind: 'Application', object });
  tracker.observe(objects, 3);
  expect(list()[0]).toBe(pushed);
});

test.each([
  [['main'], 'main', true],
  [['refs/heads/main'], 'main', true],
  [['main'], 'feature/main', false],
  [['main', 'next'], 'next', true],
  [['HEAD'], 'main', true],
  [[''], 'main', true],
  [['HEAD'], 'feature', false],
  [['main', 'HEAD'], 'feature', false],
  [['v1.2.0', before], 'main', false],
  [[], 'feature', true],
])('where %j is followed, a push to %s counts: %s', (targets, branch, expected) => {
  const event = {
    ref: `refs/heads/${branch}`,
    before,
    after: pushed,
    repository: { default_branch: 'main' },
  };
  const push = parsePush(event);
  expect(push && isFollowed(push, targets.map(application))).toBe(expected);
});

test('where nobody says which branch is the default, any may be', () => {
  expect(isFollowed({ revision: pushed, branch: 'trunk' }, [application('HEAD')])).toBe(true);
  expect(isFollowed({ revision: pushed, branch: 'trunk' }, [application('main')])).toBe(false);
});
