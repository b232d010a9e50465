import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { findSealingKey, provideSealingKey } from '../secrets/sealing-key.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { parseSecretSources, requireOwnKey } from './seal.ts';

const local = await readClusterSettings(join(import.meta.dirname, '..', '..'), 'local');

describe('the values to seal', () => {
  test('come from standard input or from files', () => {
    expect(parseSecretSources(['password=-', 'tls.key=@/tmp/key=1.pem'])).toEqual([
      { key: 'password', source: '-' },
      { key: 'tls.key', source: '/tmp/key=1.pem' },
    ]);
  });

  test('are refused in the arguments, and not repeated', () => {
    const parse = () => parseSecretSources(['password=hunter2']);
    expect(parse).toThrow('stands in the arguments');
    expect(parse).not.toThrow('hunter2');
  });

  test.each([
    ['no separator', 'password'],
    ['no key', '=-'],
    ['a key with a slash', 'a/b=-'],
  ])('are refused with %s', (_, pair) =>
    expect(() => parseSecretSources([pair])).toThrow('does not begin with KEY='),
  );

  test('are refused when two would come from standard input', () => {
    expect(() => parseSecretSources(['a=-', 'b=-'])).toThrow('Only one value');
  });
});

describe('the key to seal with', () => {
  const SEALED = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n';
  async function makeContext() {
    const repository = await makeTemporaryFolder('seal-');
    const data = join(repository, 'data');
    const cluster = { name: 'local', folder: join(repository, 'clusters', 'local'), settings: local };
    await mkdir(join(cluster.folder, 'secrets'), { recursive: true });
    return { repository, cluster, directories: { data, cache: '', config: '', log: '' } };
  }
  const sealElsewhere = (folder: string) => writeFile(join(folder, 'secrets', 'movies.mail.yaml'), SEALED);

  test('may be made before anything is sealed, and is taken from then on', async () => {
    const context = await makeContext();
    await requireOwnKey(context);
    await provideSealingKey(context.directories.data);
    await sealElsewhere(context.cluster.folder);
    await requireOwnKey(context);
  });

  test('is not made beside secrets that are sealed with a key elsewhere', async () => {
    const context = await makeContext();
    await sealElsewhere(context.cluster.folder);
    await expect(requireOwnKey(context)).rejects.toThrow('This host has no sealing key');
    expect(await findSealingKey(context.directories.data)).toBeUndefined();
  });
});
