import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { detectOperatingSystem } from '../lib/operating-system.ts';
import type { Context } from '../settings/context.ts';
import { readEnvironment } from '../settings/environment.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { retireKeysSteps } from './retire-keys-steps.ts';
import { type RotationInputs, rotateKeysSteps } from './rotate-keys-steps.ts';

const repository = join(import.meta.dirname, '..', '..');
const local = await readClusterSettings(repository, 'local');
const unasked = () => Promise.reject(new Error('nothing is asked for this'));
const inputs: RotationInputs = {
  kubernetes: unasked,
  kubeseal: unasked,
  delivery: { requireNothingElse: unasked, deliver: unasked },
};

test.each([
  ['rotate-keys', rotateKeysSteps],
  ['rotate-keys --retire', retireKeysSteps],
])('%s makes no key where there is none', async (_, stepsOf) => {
  const folder = await makeTemporaryFolder('rotate-keys-');
  const context: Context = {
    repository,
    cluster: { name: 'local', folder: join(repository, 'clusters', 'local'), settings: local },
    directories: { data: folder, cache: folder, config: folder, log: folder },
    environment: readEnvironment(),
    system: await detectOperatingSystem(),
    log: { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() },
    shell,
    signal: new AbortController().signal,
    isOffline: false,
  };
  const [check] = stepsOf(context, inputs);
  await expect(check?.run(() => {})).rejects.toThrow('This host has no sealing key');
  expect(await readdir(folder)).toEqual([]);
});
