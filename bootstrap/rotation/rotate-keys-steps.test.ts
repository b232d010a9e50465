import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { silentContext } from '../../tests/support/silent-context.ts';
import { retireKeysSteps } from './retire-keys-steps.ts';
import { type RotationInputs, rotateKeysSteps } from './rotate-keys-steps.ts';

const repository = join(import.meta.dirname, '..', '..');
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
  const [check] = stepsOf(await silentContext(repository, folder), inputs);
  await expect(check?.run(() => {})).rejects.toThrow('This host has no sealing key');
  expect(await readdir(folder)).toEqual([]);
});
