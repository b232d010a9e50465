import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import type { UserError } from '../lib/errors.ts';
import { createKeyPair } from '../secrets/certificate.ts';
import { parseClusterSettings } from '../settings/read-cluster-settings.ts';
import { formatPolicy, readImageVerifier } from './verifier.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const local = await readFile(join(REPOSITORY, 'clusters', 'local', 'cluster.yaml'), 'utf8');
const PUBLIC_KEY = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';
const SIGNATURES = {
  identity: "https://github.com/you/it's/.github/workflows/release.yaml@refs/heads/main",
  issuer: 'https://token.actions.githubusercontent.com',
};

let folder = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('verifier-');
  await mkdir(join(folder, 'config'));
});

const read = async (signatures: string) =>
  await readImageVerifier(
    {
      folder,
      settings: parseClusterSettings(local.replace('signatures: {}', `signatures: ${signatures}`), 'x'),
    },
    { config: join(folder, 'config') },
  );

/** What a policy has a shell call for an image, line by line, when no place has a signature. */
async function callsOf(policy: string): Promise<string[]> {
  const script = `verify_at() { printf '%s|' "$@"; echo; return 1; }\n${policy}verify_anywhere || echo "none of $ours"`;
  return (await runCommand('sh', ['-c', script])).stdout.trim().split('\n');
}

describe('the policy of a node', () => {
  const images = { registry: 'docker.io', namespace: 'you', mirrors: {}, signatures: SIGNATURES };

  test('asks the registry who has signed', async () => {
    expect(await callsOf(formatPolicy(images, {}))).toEqual([
      `docker.io/you/|--certificate-identity|${SIGNATURES.identity}|--certificate-oidc-issuer|${SIGNATURES.issuer}|`,
      'none of docker.io/you/',
    ]);
  });

  test('asks mirrors first, as containerd does, each in its own way', async () => {
    const mirrors = {
      'docker.io': ['https://mirror.example:5000', 'http://10.0.0.1:5000/v2/all', 'https://m/hub/'],
      '*': ['https://never'],
    };
    const authorities = { 'mirror.example:5000': '/etc/rancher/k3s/registries/mirror.crt' };
    const calls = await callsOf(
      formatPolicy({ ...images, mirrors, signatures: { key: 'my.pub' } }, authorities),
    );
    const key = '--key|/usr/local/lib/k3s/image-verifier/key.pub|--private-infrastructure|';
    expect(calls).toEqual([
      `mirror.example:5000/you/|${key}--registry-cacert|/etc/rancher/k3s/registries/mirror.crt|`,
      `10.0.0.1:5000/all/you/|${key}--allow-http-registry|`,
      `m/hub/you/|${key}`,
      `docker.io/you/|${key}`,
      'none of docker.io/you/',
    ]);
  });
});

describe('what verifies images', () => {
  test('is nothing where no signatures are asked for', async () => {
    expect(await read('{}')).toBeUndefined();
  });

  test('has the public key in the folder of the cluster', async () => {
    await writeFile(join(folder, 'my.pub'), PUBLIC_KEY);
    expect((await read('{ key: my.pub }'))?.key).toBe(PUBLIC_KEY);
  });

  test('is refused without the key, and with one that is private', async () => {
    await expect(read('{ key: my.pub }')).rejects.toThrow(/my\.pub, which can't be read/);
    const { privateKey } = await createKeyPair({ commonName: 'key', algorithm: 'ecdsa-p256' });
    await writeFile(join(folder, 'my.pub'), privateKey);
    await expect(read('{ key: my.pub }')).rejects.toThrow(/my\.pub is no public key/);
  });

  test('is refused where a password has containerd pull without verifying', async () => {
    await writeFile(join(folder, 'my.pub'), PUBLIC_KEY);
    const access = join(folder, 'config', 'registries.yaml');
    await writeFile(access, 'configs: { docker.io: { auth: { username: me, password: s3cret } } }');
    await chmod(access, 0o600);
    const error: UserError = await read('{ key: my.pub }').catch((thrown) => thrown);
    expect(error.message).toMatch(/password for a registry, as they have for registry-1\.docker\.io/);
    // An imagePullSecret would not do: cosign on the node has no password for the signatures either.
    expect(error.remedy).toBe(
      'Set images.signatures to {}, or keep the images where nobody has to log in: what verifies them has no password.',
    );
    expect(error.message).not.toContain('s3cret');
  });
});
