import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { openContext } from '../../tests/support/open-context.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import { IDENTITY_FILE } from '../existing/cluster-identity.ts';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { destroySteps, requireOthersCluster } from './destroy.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** Of a cluster that is gone: nothing listens there. */
const KUBECONFIG = `{
  clusters: [{ name: it, cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: me, user: {} }],
  contexts: [{ name: it, context: { cluster: it, user: me } }],
  current-context: it,
}`;

/** A clone with the settings of one cluster of this repository, and directories of its own. */
async function openCluster(name: string): Promise<Context> {
  const clone = await SmallClone.create();
  onTestFinished(() => clone.remove());
  const path = join('clusters', name, 'cluster.yaml');
  await clone.commit(path, await readFile(join(REPOSITORY, path), 'utf8'));
  const folder = await makeTemporaryFolder('destroy-');
  const data = join(folder, 'data');
  await mkdir(data);
  const directories = { data, cache: folder, config: folder, log: join(folder, 'log') };
  const place = { repository: clone.folder, name, directories, env: {} };
  const context = await openContext(place, 'destroy', new AbortController().signal);
  return { ...context, environment: { ...context.environment, kubeconfig: join(folder, 'config') } };
}

test('a cluster of others that is gone is forgotten, which without being told so it is not', async () => {
  const context = await openCluster('existing');
  const { data } = context.directories;
  await writeFile(join(data, 'kubeconfig.yaml'), KUBECONFIG);
  await writeFile(join(data, IDENTITY_FILE), 'the one that is gone\n');
  await writeFile(join(data, 'sealing-key.pem'), 'a key');
  requireOthersCluster(context);

  const [first] = await destroySteps(context, { keepKeys: true, forget: false });
  const error = await Promise.resolve(first?.run(() => {})).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).remedy).toContain('./orchestrator.sh destroy --cluster existing --forget');

  for (const step of await destroySteps(context, { keepKeys: true, forget: true })) await step.run(() => {});
  expect(await readdir(data)).toEqual(['sealing-key.pem']);
  for (const step of await destroySteps(context, { keepKeys: false, forget: true })) await step.run(() => {});
  await expect(access(data)).rejects.toThrow('ENOENT');
});

test.each(['eks', 'local'])('what was made here, as %s, is not forgotten', async (name) => {
  const context = await openCluster(name);
  expect(() => requireOthersCluster(context)).toThrow('is for a cluster that others made');
});
