import { access, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { argoCdKey } from '../artifacts/argocd.ts';
import { engineKey } from '../artifacts/engine.ts';
import { sealedSecretsKey } from '../artifacts/sealed-secrets.ts';
import { artifactPart, type BundleDescription } from '../bundle/bundle-description.ts';
import { writeTestBundle } from '../bundle/testing/write-test-bundle.ts';
import { findPrograms } from '../lib/find-program.ts';
import { PROGRAM_OF } from '../machines/provider.ts';
import { PROVIDERS, type Provider } from '../settings/cluster-settings.ts';

const PROGRAM = join(import.meta.dirname, '..', 'cli.ts');
const COMMIT = '0123456789ab';
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

let folder = '';
let artifacts: Record<string, string>;
beforeEach(async () => {
  folder = await makeTemporaryFolder('from-bundle-');
  const paths = [
    `engine/${await engineKey()}`,
    `argocd/${await argoCdKey()}`,
    `sealed-secrets/${await sealedSecretsKey()}`,
  ];
  artifacts = Object.fromEntries(paths.map((path) => [artifactPart(path), '']));
});

/** What machines are made with on the machine that runs this. */
async function findProvider(): Promise<Provider> {
  for (const provider of PROVIDERS)
    if ((await findPrograms(PROGRAM_OF[provider], PATH)).length > 0) return provider;
  return 'docker';
}

const write = async (changes: Partial<BundleDescription>, parts: Record<string, string> = artifacts) =>
  await writeTestBundle(
    folder,
    { ...parts, 'images.tar.zst': 'no images' },
    { provider: await findProvider(), ...changes },
  );

/** Has `create` refuse a bundle; gives what it said, once it is sure that it has done nothing else. */
async function refuse(file: string): Promise<string> {
  const env = { PATH, HOME: folder };
  const { exitCode, stdout, stderr } = await runCommand(
    process.execPath,
    [PROGRAM, 'create', '--bundle', file],
    { env },
  );
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  await expect(access(join(folder, '.cache'))).rejects.toThrow('ENOENT');
  expect(await readdir(join(folder, '.local', 'share')).catch(() => [])).toEqual([]);
  return stderr;
}

describe('`create --bundle` changes nothing, and says what to do', () => {
  test('where the file ends too early', async () => {
    const file = await write({});
    await truncate(file, (await readFile(file)).length - 2000);
    expect(await refuse(file)).toMatch(
      /damaged, or no bundle[\s\S]*next: Nothing of it was used\. Copy it again/,
    );
  });

  test('where the bundle is for another processor or system', async () => {
    const other = process.arch === 'arm64' ? 'amd64' : 'arm64';
    const file = await write({ architecture: other });
    expect(await refuse(file)).toContain(`is for ${process.platform} on ${other}, and this is`);
    expect(await refuse(await write({ platform: 'plan9' }))).toContain('is for plan9 on');
  });

  test('where the bundle has nothing for the machines that are made here', async () => {
    const file = await write({ provider: 'parallels' });
    expect(await refuse(file)).toMatch(
      /needed?, but here they are made with|machines of parallels need, but here/,
    );
  });

  test('where the bundle is of another commit, and lacks what this one needs', async () => {
    const message = await refuse(await write({}, { [artifactPart('engine/of-old')]: '' }));
    expect(message).toContain(`is of the commit ${COMMIT}, and this clone needs what it does not have`);
    expect(message).toContain(`engine/${await engineKey()}`);
    expect(message).toMatch(/api-gateway:[0-9a-f]{12}/);
    expect(message).toContain('next: Check that commit out, or make a bundle of this one');
    const onlyImages = await refuse(await write({}));
    expect(onlyImages).not.toContain('engine/');
    expect(onlyImages).toMatch(/api-gateway:[0-9a-f]{12}/);
  });
});
