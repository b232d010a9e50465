import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { UserError } from '../lib/errors.ts';
import { writeImageTag } from './image-tags.ts';
import { planRelease, type ReleasePlan } from './release-plan.ts';
import { createClone, type TestClone } from './testing/create-clone.ts';

const GATEWAY = 'services/api-gateway/main.ts';
const OVERLAY = 'clusters/local/apps/api-gateway/kustomization.yaml';

async function plan(clone: TestClone, ...names: string[]): Promise<ReleasePlan> {
  const place = { shell, clone: clone.folder, cluster: 'local' };
  return await planRelease(place, await clone.listImages(), names);
}

async function refusal(planned: Promise<ReleasePlan>): Promise<string> {
  const error: unknown = await planned.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return `${error.message} ${error.remedy}`;
  throw new Error(`no refusal: ${String(error)}`);
}

describe('a release', () => {
  test('of an unknown service is refused with the list of those there are', async () => {
    await using clone = await createClone();
    const message = await refusal(plan(clone, 'api-gateway', 'gateway'));
    expect(message).toContain('no service `gateway`');
    expect(message).toContain('Services: api-gateway, postgres, query-api.');
  });

  test('of a component that runs another service’s image names that service', async () => {
    await using clone = await createClone();
    expect(await refusal(plan(clone, 'billing-database'))).toContain('runs the image of postgres');
  });

  test('of what git has already is none', async () => {
    await using clone = await createClone();
    await clone.write('services/api-gateway/main.test.ts', 'no part of the image\n');
    expect(await plan(clone, 'api-gateway')).toMatchObject({ changed: [], files: [] });
  });

  test('takes the sources that are not committed yet, with their tests, and nothing of other services', async () => {
    await using clone = await createClone();
    await clone.write(GATEWAY, 'answer two\n');
    await clone.write('services/api-gateway/main.test.ts', 'test\n');
    await clone.write('services/query-api/main.ts', 'not to be released\n');
    await clone.write('README.md', 'nor is this\n');
    const { changed, files, overlays } = await plan(clone, 'api-gateway');
    expect(changed.map(({ name }) => name)).toEqual(['api-gateway']);
    expect(files.toSorted()).toEqual(['services/api-gateway/main.test.ts', GATEWAY]);
    expect(overlays).toEqual([OVERLAY]);
  });

  test('of an image that two components run is in both overlays', async () => {
    await using clone = await createClone();
    await clone.write('services/postgres/start', 'start better\n');
    const { overlays } = await plan(clone, 'postgres');
    expect(overlays.map((path) => path.split('/')[3])).toEqual(['inventory-database', 'billing-database']);
  });

  test('is refused where a file that is not committed goes into another service, too, even one that is gone', async () => {
    await using clone = await createClone();
    await rm(join(clone.folder, 'services/service-runtime/run.ts'));
    await clone.write('services/service-runtime/serve.ts', 'serve\n');
    const message = await refusal(plan(clone, 'api-gateway'));
    expect(message).toContain('services/service-runtime/run.ts');
    expect(message).toContain('./orchestrator.sh release api-gateway query-api');
    const { files } = await plan(clone, 'api-gateway', 'query-api');
    expect(files).toHaveLength(2);
    await clone.commitAll('Change what is shared');
    expect(await plan(clone, 'api-gateway')).toMatchObject({ files: [] });
  });

  test('is refused where the overlay has a change of somebody else, but not where it has the tag', async () => {
    await using clone = await createClone();
    await clone.write(GATEWAY, 'answer two\n');
    const gateway = (await clone.listImages()).find(({ name }) => name === 'api-gateway');
    if (!gateway) throw new Error('there is no api-gateway');
    await writeImageTag(clone.folder, 'local', gateway);
    expect((await plan(clone, 'api-gateway')).changed).toHaveLength(1);
    const overlay = await readFile(join(clone.folder, OVERLAY), 'utf8');
    await clone.write(OVERLAY, `${overlay}patches: []\n`);
    expect(await refusal(plan(clone, 'api-gateway'))).toContain(
      `${OVERLAY} has changes that are not committed`,
    );
    expect(await plan(clone, 'query-api')).toMatchObject({ changed: [] });
  });

  test('is the same where the clone is a folder of a bigger repository', async () => {
    await using clone = await createClone('inner');
    await clone.write(GATEWAY, 'answer two\n');
    const { changed, files } = await plan(clone, 'api-gateway');
    expect(changed).toHaveLength(1);
    expect(files).toEqual([GATEWAY]);
  });

  test('is refused in the middle of a merge and of a rebase', async () => {
    await using clone = await createClone();
    await clone.git('switch', '--quiet', '--create', 'other');
    await clone.write(GATEWAY, 'theirs\n');
    await clone.commitAll('Theirs');
    await clone.git('switch', '--quiet', 'main');
    await clone.write(GATEWAY, 'ours\n');
    await clone.commitAll('Ours');
    await clone.git('merge', 'other').catch(() => undefined);
    expect(await refusal(plan(clone, 'api-gateway'))).toContain('A merge is under way');
    await clone.git('merge', '--abort');
    await clone.git('rebase', 'other').catch(() => undefined);
    expect(await refusal(plan(clone, 'api-gateway'))).toContain('git rebase --abort');
  });
});
