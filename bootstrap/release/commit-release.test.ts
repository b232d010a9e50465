import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { provideManifestTools } from '../../tests/manifests/support/tools.ts';
import { shell } from '../../tests/support/go-tools.ts';
import type { Context } from '../settings/context.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { commitRelease } from './commit-release.ts';
import { planRelease, type ReleasePlan } from './release-plan.ts';
import { createClone, type TestClone } from './testing/create-clone.ts';

const GATEWAY = 'services/api-gateway/main.ts';
const OVERLAY = 'clusters/local/apps/api-gateway/kustomization.yaml';

const { kustomize } = await provideManifestTools();

async function describeRelease(clone: TestClone, ...names: string[]) {
  const settings = await readClusterSettings(clone.folder, 'local');
  const cluster = { name: 'local', folder: join(clone.folder, 'clusters', 'local'), settings };
  const place = { shell, clone: clone.folder, cluster: 'local' };
  const plan = await planRelease(place, await clone.listImages(), names);
  const context: Pick<Context, 'repository' | 'cluster' | 'shell'> = {
    repository: clone.folder,
    cluster,
    shell,
  };
  const commit = (message?: string) => commitRelease(context, plan, kustomize, message);
  return { plan, commit };
}

const listFiles = async (clone: TestClone) =>
  (await clone.git('show', '--name-only', '--format=', 'HEAD')).split('\n');
const tagOf = (plan: ReleasePlan) => plan.images[0]?.tag ?? '';

describe('the commit of a release', () => {
  test('has sources and tags of the named services alone, whatever else is changed or staged', async () => {
    await using clone = await createClone();
    await clone.write(GATEWAY, 'answer two\n');
    await clone.write('services/query-api/main.ts', 'staged\n');
    await clone.git('add', 'services/query-api/main.ts');
    await clone.write('README.md', 'new\n');
    const { plan, commit } = await describeRelease(clone, 'api-gateway');
    expect(await commit()).toBe(await clone.git('rev-parse', 'HEAD'));
    expect(await listFiles(clone)).toEqual([OVERLAY, GATEWAY]);
    expect(await clone.git('log', '-1', '--format=%s')).toBe(`Release api-gateway ${tagOf(plan)}`);
    const overlay = await readFile(join(clone.folder, OVERLAY), 'utf8');
    expect(overlay).toContain(`newTag: ${tagOf(plan)}`);
    expect(overlay).toContain('# mine');
    expect(await clone.git('status', '--porcelain')).toBe('M  services/query-api/main.ts\n?? README.md');
  });

  test('is made once, and is the same after a run that was killed before it', async () => {
    await using clone = await createClone();
    await clone.write(GATEWAY, 'answer two\n');
    const first = await describeRelease(clone, 'api-gateway');
    await first.commit();
    const again = await describeRelease(clone, 'api-gateway');
    expect(again.plan.changed).toEqual([]);
    expect(await again.commit()).toBeUndefined();
    // What is killed has written the tag and staged it.
    await clone.git('reset', '--soft', 'HEAD~1');
    const killed = await describeRelease(clone, 'api-gateway');
    expect(killed.plan.changed).toHaveLength(1);
    await killed.commit('Answer two');
    expect(await listFiles(clone)).toEqual([OVERLAY, GATEWAY]);
    expect(await clone.git('log', '-1', '--format=%s')).toBe('Answer two');
  });

  test('is taken back whole by git revert: the old sources, and the tag that they have', async () => {
    await using clone = await createClone();
    const before = await clone.git('rev-parse', 'HEAD^{tree}');
    await clone.write(GATEWAY, 'answer two\n');
    await (await describeRelease(clone, 'api-gateway')).commit();
    await clone.git('revert', '--no-edit', 'HEAD');
    expect(await clone.git('rev-parse', 'HEAD^{tree}')).toBe(before);
    expect((await describeRelease(clone, 'api-gateway')).plan.changed).toEqual([]);
  });

  test('takes along files that were removed, also those that were only staged', async () => {
    await using clone = await createClone();
    await clone.git('rm', '--quiet', GATEWAY);
    await clone.write('services/api-gateway/new.ts', 'new\n');
    await clone.write('services/api-gateway/gone.ts', 'gone\n');
    await clone.git('add', 'services/api-gateway/gone.ts');
    await clone.git('rm', '--quiet', '--force', '--cached', 'services/api-gateway/gone.ts');
    await (await describeRelease(clone, 'api-gateway')).commit();
    expect(await listFiles(clone)).toEqual([
      OVERLAY,
      'services/api-gateway/gone.ts',
      GATEWAY,
      'services/api-gateway/new.ts',
    ]);
  });

  test('is refused where the sources have changed since the build began', async () => {
    await using clone = await createClone();
    await clone.write(GATEWAY, 'answer two\n');
    const { commit } = await describeRelease(clone, 'api-gateway');
    await clone.write(GATEWAY, 'answer three\n');
    await expect(commit()).rejects.toThrow('The sources of api-gateway have changed');
    expect(await clone.git('log', '--oneline')).not.toContain('Release');
  });

  test('is refused where kustomize makes no pod with the new image', async () => {
    await using clone = await createClone();
    await clone.write('apps/api-gateway/pod.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: { name: one }\n');
    await clone.write(GATEWAY, 'answer two\n');
    const { commit } = await describeRelease(clone, 'api-gateway');
    await expect(commit()).rejects.toThrow('makes no pod that runs docker.io/orchestrator/api-gateway:');
  });
});
