import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { hasImage } from './image-tags.ts';
import { pushTags } from './push-tags.ts';
import { createClone, openClone, type TestClone } from './testing/create-clone.ts';

const GATEWAY = 'services/api-gateway/main.ts';
const QUERY = 'services/query-api/main.ts';
const overlayOf = (name: string) => `clusters/local/apps/${name}/kustomization.yaml`;

/** A repository that others push to, and a clone of it in which the workflow runs. */
async function createRemote(): Promise<{ developer: TestClone; workflow: TestClone } & AsyncDisposable> {
  const developer = await createClone();
  const folder = await mkdtemp(join(tmpdir(), 'remote-'));
  const remote = join(folder, 'remote.git');
  await shell.run('git', ['clone', '--quiet', '--bare', developer.folder, remote]);
  await developer.git('remote', 'add', 'origin', remote);
  await developer.git('fetch', '--quiet', 'origin');
  await developer.git('branch', '--quiet', '--set-upstream-to=origin/main');
  const clone = join(folder, 'workflow');
  await shell.run('git', ['clone', '--quiet', remote, clone]);
  const workflow = openClone(clone, folder);
  return {
    developer,
    workflow,
    async [Symbol.asyncDispose]() {
      await developer[Symbol.asyncDispose]();
      await workflow[Symbol.asyncDispose]();
    },
  };
}

async function commitAndPush(developer: TestClone, path: string, text: string): Promise<void> {
  await developer.write(path, text);
  await developer.commitAll(`Change ${path}`);
  await developer.git('push', '--quiet', 'origin', 'main');
}

async function imageOf(clone: TestClone, name: string): Promise<ServiceImage> {
  const image = (await clone.listImages()).find((one) => one.name === name);
  if (!image) throw new Error(`no image ${name}`);
  return image;
}

function run(workflow: TestClone, isPublished: (image: ServiceImage) => Promise<boolean>) {
  const place = { remote: 'origin', branch: 'main', registry: 'docker.io' };
  return pushTags({ shell, clone: workflow.folder, ...place, isPublished });
}

const all = () => Promise.resolve(true);

describe('the tags that a workflow pushes', () => {
  test('are one commit for all services, which makes the next run do nothing', async () => {
    await using remote = await createRemote();
    const { developer, workflow } = remote;
    await commitAndPush(developer, GATEWAY, 'answer two\n');
    await commitAndPush(developer, QUERY, 'query two\n');
    const commit = await run(workflow, all);
    await developer.git('pull', '--quiet', '--rebase');
    expect(await developer.git('rev-parse', 'HEAD')).toBe(commit);
    expect((await developer.git('diff', '--name-only', 'HEAD~1')).split('\n')).toEqual([
      overlayOf('api-gateway'),
      overlayOf('query-api'),
    ]);
    for (const name of ['api-gateway', 'query-api']) {
      const overlay = await readFile(join(developer.folder, overlayOf(name)), 'utf8');
      expect(hasImage(overlay, await imageOf(developer, name))).toBe(true);
    }
    // The run that the commit itself would start finds every tag as it should be: no loop.
    expect(await run(workflow, all)).toBeUndefined();
    expect(await workflow.git('worktree', 'list')).not.toContain('tags-');
    expect(await workflow.git('status', '--porcelain')).toBe('');
  });

  test('lie upon what somebody else has pushed between fetch and push', async () => {
    await using remote = await createRemote();
    const { developer, workflow } = remote;
    await commitAndPush(developer, GATEWAY, 'answer two\n');
    let pushes = 0;
    // Asked after the fetch and before the push: each time somebody else is faster, twice.
    const isPublished = async ({ name }: ServiceImage) => {
      if (name === 'api-gateway' && pushes < 2) {
        pushes += 1;
        await commitAndPush(developer, `README-${pushes}.md`, 'faster\n');
      }
      return true;
    };
    const commit = await run(workflow, isPublished);
    await developer.git('pull', '--quiet', '--ff-only');
    expect(await developer.git('rev-parse', 'HEAD')).toBe(commit);
    expect(await developer.git('log', '--format=%s', '-3')).toMatch(
      /^Release api-gateway \w+\nChange README-2.md\nChange README-1.md$/,
    );
  });

  test('leave out what is not published, such as sources that were pushed meanwhile', async () => {
    await using remote = await createRemote();
    const { developer, workflow } = remote;
    await commitAndPush(developer, GATEWAY, 'answer two\n');
    const built = await imageOf(developer, 'api-gateway');
    await commitAndPush(developer, QUERY, 'not built yet\n');
    const query = await imageOf(developer, 'query-api');
    const isPublished = ({ name, tag }: ServiceImage) =>
      Promise.resolve(name !== query.name || tag !== query.tag);
    await run(workflow, isPublished);
    await developer.git('pull', '--quiet', '--ff-only');
    expect(await developer.git('diff', '--name-only', 'HEAD~1')).toBe(overlayOf('api-gateway'));
    expect(await developer.git('log', '-1', '--format=%s')).toBe(`Release api-gateway ${built.tag}`);
    // What was built, of sources that are no longer there, is not gone back to.
    await commitAndPush(developer, GATEWAY, 'answer three\n');
    const onlyOld = ({ tag }: ServiceImage) => Promise.resolve(tag === built.tag);
    expect(await run(workflow, onlyOld)).toBeUndefined();
  });

  test('are not there for clusters of another registry', async () => {
    await using remote = await createRemote();
    const { developer, workflow } = remote;
    const settings = await readFile(join(developer.folder, 'clusters/local/cluster.yaml'), 'utf8');
    await developer.write('clusters/local/cluster.yaml', settings.replace('docker.io', 'ghcr.io'));
    await commitAndPush(developer, GATEWAY, 'answer two\n');
    expect(await run(workflow, all)).toBeUndefined();
  });

  test('that a server refuses for another reason than a race fail at once, with what it said', async () => {
    await using remote = await createRemote();
    const { developer, workflow } = remote;
    await commitAndPush(developer, GATEWAY, 'answer two\n');
    await workflow.git('remote', 'set-url', '--push', 'origin', join(workflow.folder, 'nowhere'));
    await expect(run(workflow, all)).rejects.toThrow(/nowhere/);
  });
});
