import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { deriveImageTag, listImageInputs, readCopySources } from './image-inputs.ts';

const SERVICES = join(import.meta.dirname, '..', '..', 'services');

describe('what goes into an image', () => {
  test('is what its Dockerfile copies from the context, not from other stages', () => {
    const dockerfile = 'FROM a AS b\nCOPY --chmod=755 x y /z/\nCOPY --from=b /q /r\nRUN echo COPY no such\n';
    expect(readCopySources(dockerfile)).toEqual(['x', 'y']);
  });

  test('is the Dockerfile, the lock file and the sources, but no test', async () => {
    const inputs = await listImageInputs(SERVICES, 'api-gateway/Dockerfile');
    expect(inputs).toEqual(expect.arrayContaining(['api-gateway/Dockerfile', 'package-lock.json']));
    expect(inputs.some((file) => file.startsWith('api-gateway/src/'))).toBe(true);
    expect(inputs.filter((file) => file.endsWith('.test.ts'))).toEqual([]);
    expect(inputs.filter((file) => file.includes('node_modules'))).toEqual([]);
  });

  test('gives another tag when it changes, and the same when it does not', async () => {
    const copy = await makeTemporaryFolder('services-');
    await cp(join(SERVICES, 'git-server'), join(copy, 'git-server'), { recursive: true });
    const tag = await deriveImageTag(copy, 'git-server/Dockerfile');
    expect(tag).toBe(await deriveImageTag(SERVICES, 'git-server/Dockerfile'));
    await writeFile(join(copy, 'git-server', 'gitconfig'), '[core]\n');
    expect(await deriveImageTag(copy, 'git-server/Dockerfile')).not.toBe(tag);
  });
});
