import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { UserError } from '../lib/errors.ts';
import { readNodeRegistries } from './registries.ts';

let config = '';
beforeEach(async () => {
  config = await makeTemporaryFolder('config-');
});

const images = {
  registry: 'docker.io',
  namespace: 'me',
  mirrors: { 'docker.io': ['https://mirror.example:5000'], '*': ['http://10.0.0.1:5000/any'] },
  signatures: {},
};

async function writeAccess(text: string, mode = 0o600): Promise<void> {
  const file = join(config, 'registries.yaml');
  await writeFile(file, text);
  await chmod(file, mode);
}

describe('the registries of a machine', () => {
  test('are the mirrors in the settings', async () => {
    const { text, authorities } = await readNodeRegistries(images, { config });
    expect(parse(text)).toEqual({
      mirrors: {
        'docker.io': { endpoint: ['https://mirror.example:5000'] },
        '*': { endpoint: ['http://10.0.0.1:5000/any'] },
      },
      configs: {},
    });
    expect(authorities.size).toBe(0);
  });

  test('have the credentials of those that are used, and no others', async () => {
    const ca = join(config, 'ca.pem');
    await writeFile(ca, 'a certificate');
    await writeAccess(`configs:
  mirror.example:5000: { auth: { username: me, password: s3cret }, tls: { ca_file: ${ca} } }
  docker.io: { auth: { username: me, password: hub } }
  other.example: { auth: { username: me, password: private } }
`);
    const { text, authorities } = await readNodeRegistries(images, { config });
    const path = '/etc/rancher/k3s/registries/mirror.example_5000.crt';
    expect(parse(text).configs).toEqual({
      'mirror.example:5000': { auth: { username: 'me', password: 's3cret' }, tls: { ca_file: path } },
      'registry-1.docker.io': { auth: { username: 'me', password: 'hub' } },
    });
    expect(Object.fromEntries(authorities)).toEqual({ [path]: 'a certificate' });
  });

  test.each([
    ['that others can read', 'configs: {}', 0o644, /Others on this machine can read/],
    [
      'with an unknown key',
      'configs: { a: { auth: { username: me, token: s3cret } } }',
      0o600,
      /configs\.a\.auth/,
    ],
    ['that is no YAML', 'configs: { a: { auth: s3cret', 0o600, /is no YAML/],
    [
      'with a password that is none',
      'configs: { a: { auth: { username: m, password: "s3cret\\n" } } }',
      0o600,
      /password/,
    ],
    [
      'with a file that is not there',
      'configs: { docker.io: { tls: { ca_file: /none } } }',
      0o600,
      /names \/none/,
    ],
  ])('are refused with a file of the user %s, and no secret is repeated', async (_, text, mode, message) => {
    await writeAccess(text, mode);
    const error: UserError = await readNodeRegistries(images, { config }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('s3cret');
  });
});
