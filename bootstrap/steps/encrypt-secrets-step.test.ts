import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { SECRET } from '../lib/resource-kinds.ts';
import { encryptSecretsStep } from './encrypt-secrets-step.ts';

const NAMESPACES = ['default', 'kube-system'];

/** The settings by which an API server encrypts Secrets, as a file. */
async function writeEncryption(): Promise<string> {
  const key = { name: 'one', secret: randomBytes(32).toString('base64') };
  const providers = [{ secretbox: { keys: [key] } }, { identity: {} }];
  const file = join(await makeTemporaryFolder('encryption-'), 'encryption.yaml');
  const resources = [{ resources: ['secrets'], providers }];
  await writeFile(
    file,
    stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources }),
  );
  return file;
}

/** What the data store has of two Secrets, as text (https://github.com/k3s-io/kine: a table of all revisions). */
function readStored({ store }: ApiServer): string[] {
  using database = new DatabaseSync(store, { readOnly: true });
  const newest = database.prepare('SELECT value FROM kine WHERE name = ? ORDER BY id DESC LIMIT 1');
  return NAMESPACES.map((namespace) => {
    const { value } = newest.get(`/registry/secrets/${namespace}/login`) as { value: Uint8Array };
    return Buffer.from(value).toString('latin1');
  });
}

test('every Secret that was stored plainly is encrypted, and says what it said before', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start();
  const client = connectKubernetes(server.kubeconfig);
  const values = NAMESPACES.map((namespace) => Buffer.from(`open ${namespace}`).toString('base64'));
  for (const [index, namespace] of NAMESPACES.entries()) {
    const data = { password: values[index] ?? '' };
    await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace }, data });
  }
  await server.kill();
  await server.startAgain(`--encryption-provider-config=${await writeEncryption()}`);
  expect(readStored(server)).toEqual(NAMESPACES.map((one) => expect.stringContaining(`open ${one}`)));

  await encryptSecretsStep(async () => client).run(() => {});
  expect(readStored(server)).toEqual(
    NAMESPACES.map(() => expect.stringMatching(/^k8s:enc:secretbox:v1:one:/)),
  );
  const read = await Promise.all(NAMESPACES.map((namespace) => client.read(SECRET, 'login', namespace)));
  expect(read.map((one) => one?.data?.password)).toEqual(values);
});
