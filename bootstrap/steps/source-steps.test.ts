import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GitHost } from '../../tests/support/git-host.ts';
import { LOCAL, silentContext } from '../../tests/support/silent-context.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import { type SourceSteps, sourceSteps } from './source-steps.ts';

const silent = () => undefined;
let host: GitHost;
let clone: SmallClone;

beforeAll(async () => {
  host = await GitHost.start('127.0.0.1');
});
afterAll(async () => await host.stop());
beforeEach(async () => {
  clone = await SmallClone.create();
  await clone.commit('clusters/local/cluster.yaml', 'settings');
  await mkdir(join(clone.folder, 'clusters', 'local', 'git-host'));
  await writeFile(join(clone.folder, 'clusters', 'local', 'git-host', 'ca.pem'), host.authority);
  await host.createRepository('fork', 'public');
  await host.push(clone.folder, 'fork');
});
afterEach(async () => {
  await clone.remove();
  await host.removeRepository('fork');
});

async function steps(isWatched: boolean): Promise<SourceSteps> {
  const settings = { ...LOCAL, git: { ...LOCAL.git, source: host.httpsUrl('fork') } };
  const context = await silentContext(clone.folder, clone.folder, settings);
  const kubeseal = () => {
    throw new Error('nothing is sealed here');
  };
  return sourceSteps(context, { kubeseal, isWatched });
}

describe('commits that are only here', () => {
  beforeEach(async () => void (await clone.commit('clusters/local/kustomization.yaml', 'tags')));

  test('end a command that nobody watches, with what to push', async () => {
    const { check, compare } = await steps(false);
    await check.run(silent);
    const error = await Promise.resolve(compare.run(silent)).catch((thrown) => thrown);
    expect(error.message).toMatch(
      /these commits are only here:\n {2}\w+ Write clusters\/local\/kustomization/,
    );
    expect(error.remedy).toContain(`git push ${host.httpsUrl('fork')} HEAD:main, then run`);
  });

  test('are waited for where somebody watches', async () => {
    const { compare, awaitPush, revision } = await steps(true);
    expect(await compare.run(silent)).toContain('push meanwhile: git push');
    const reported: string[] = [];
    const done = awaitPush.run((activity) => void reported.push(activity));
    await host.push(clone.folder, 'fork');
    await done;
    expect(reported[0]).toContain('HEAD:main');
    expect(await revision()).toBe(await clone.git('rev-parse', 'HEAD'));
  });

  test('that others have overtaken are not waited for: a push would be refused', async () => {
    const mine = await clone.git('rev-parse', 'HEAD');
    await clone.git('reset', '--quiet', '--hard', 'HEAD~');
    await clone.commit('clusters/local/kustomization.yaml', 'theirs');
    await host.push(clone.folder, 'fork');
    await clone.git('reset', '--quiet', '--hard', mine);
    const { awaitPush } = await steps(true);
    const error = await Promise.resolve(awaitPush.run(silent)).catch((thrown) => thrown);
    expect(error.message).toContain('each have commits that the other lacks');
    expect(error.remedy).toContain(`git pull --rebase ${host.httpsUrl('fork')} main, git push`);
  });
});

test('a branch that has everything holds nothing up', async () => {
  const { compare, awaitPush, revision } = await steps(false);
  expect(await compare.run(silent)).toBe('has all that this clone has');
  await awaitPush.run(silent);
  expect(await revision()).toBe(await clone.git('rev-parse', 'HEAD'));
});
