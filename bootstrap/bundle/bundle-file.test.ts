import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { extractPart, openBundle, verifyBundle, writeBundle } from './bundle-file.ts';
import { writeTestBundle } from './testing/write-test-bundle.ts';

/** Neither is a multiple of a tar archive's blocks. */
const PARTS = { 'artifacts/engine/1.tar.zst': 'x'.repeat(100_003), 'images.tar.zst': 'images', empty: '' };

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('bundle-');
  file = await writeTestBundle(folder, PARTS);
});

const silent = () => {};
const readThrough = async () => await verifyBundle(await openBundle(file), silent);

describe('a bundle', () => {
  test('is an archive that tar(1) reads, its description first', async () => {
    const list = await runCommand('tar', ['-tf', file]);
    expect(list.stderr).toBe('');
    expect(list.stdout.trim().split('\n')).toEqual(['bundle.json', ...Object.keys(PARTS)]);
    const image = await runCommand('tar', ['-xOf', file, 'images.tar.zst']);
    expect(image.stdout).toBe('images');
  });

  test('has every part as it was', async () => {
    const bundle = await openBundle(file);
    await verifyBundle(bundle, silent);
    for (const [name, content] of Object.entries(PARTS)) {
      const target = join(folder, 'extracted');
      await extractPart(bundle, name, target);
      expect(await readFile(target, 'utf8')).toBe(content);
    }
  });

  test('that could not be written leaves nothing', async () => {
    const bundle = await openBundle(file);
    const part = { name: 'gone', bytes: 1, sha256: '0'.repeat(64) };
    const parts = [{ part, file: join(folder, 'gone') }];
    const other = join(folder, 'other.bundle');
    await expect(writeBundle(other, bundle.description, parts, silent)).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).filter((name) => name.startsWith('other'))).toEqual([]);
  });
});

describe('a bundle is refused', () => {
  test.each([0, 1, 511, 512, 700, 50_000, 102_000, -1025])('that ends at byte %i', async (length) => {
    const { length: whole } = await readFile(file);
    await truncate(file, length < 0 ? whole + length : length);
    await expect(readThrough()).rejects.toThrow('damaged, or no bundle');
  });

  test('one byte of which is another', async () => {
    const content = await readFile(file);
    for (const position of [content.indexOf('xxxx') + 5000, content.lastIndexOf('images')]) {
      const changed = Buffer.from(content);
      changed.writeUInt8((changed.readUInt8(position) + 1) % 256, position);
      await writeFile(file, changed);
      await expect(readThrough()).rejects.toThrow(
        /another SHA-256 than bundle\.json says|is not, or not wholly/,
      );
    }
  });

  test('before a damaged part has been used', async () => {
    const content = await readFile(file, 'latin1');
    await writeFile(file, content.replace('images\0', 'imagos\0'), 'latin1');
    const bundle = await openBundle(file);
    await expect(extractPart(bundle, 'images.tar.zst', join(folder, 'x'))).rejects.toThrow('SHA-256');
  });

  test('of a format to come, with the way to read it', async () => {
    const content = await readFile(file, 'latin1');
    await writeFile(file, content.replace('"format": 1', '"format": 2'), 'latin1');
    const error = await openBundle(file).catch((thrown) => thrown);
    expect(error.message).toMatch(/has the format 2, and this clone reads the format 1/);
    expect(error.remedy).toContain('repository.bundle');
  });

  test('that is something else, or not there', async () => {
    await writeFile(file, 'not an archive at all\n'.repeat(100));
    await expect(readThrough()).rejects.toThrow('it is no tar archive');
    await expect(openBundle(join(folder, 'none'))).rejects.toThrow("can't be read");
    await runCommand('tar', ['-cf', file, '-C', folder, 'parts']);
    await expect(readThrough()).rejects.toThrow('it has no bundle.json');
  });
});
