import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';

interface Secret {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A secret value, and what it is called, so that a failure can tell it without showing it. */
interface SecretValue {
  readonly name: string;
  readonly value: string;
}

/** Shorter values, such as user names, are no secrets. */
const SHORTEST_SECRET = 12;
/** What is kept beside secrets and isn't one: certificates, addresses, hashes, the terms of a bootstrap token. */
const OPEN_KEYS = /\.crt$|^url$|^htpasswd$|^auth-extra-groups$|^description$|^expiration$|^usage-/;

/** Where secrets are, and where they are not. */
export function describeSecrets(cluster: ClusterUnderTest, commandLines: () => ReadonlySet<string>): void {
  const readSecretValues = async (): Promise<SecretValue[]> => {
    const secrets: { items: Secret[] } = JSON.parse(
      await cluster.kubectl('get', 'secrets', '-A', '-o', 'json'),
    );
    const files = await Promise.all(
      ['node-token', 'sealing-key.pem'].map(async (name) => ({
        name,
        value: await readFile(join(cluster.dataFolder, name), 'utf8'),
      })),
    );
    const values = secrets.items.flatMap(({ metadata, data = {} }) =>
      Object.entries(data)
        .filter(([key]) => !OPEN_KEYS.test(key))
        .map(([key, value]) => ({
          name: `${metadata.namespace}/${metadata.name} ${key}`,
          value: Buffer.from(value, 'base64').toString(),
        })),
    );
    return (
      [...files, ...values]
        // One line of a key tells it as well as the whole.
        .map(({ name, value }) => ({ name, value: value.split('\n')[1] ?? value.trim() }))
        .filter(({ value }) => value.length >= SHORTEST_SECRET && !value.startsWith('$'))
    );
  };
  const findIn = (text: string, values: readonly SecretValue[]) =>
    values.filter(({ value }) => text.includes(value)).map(({ name }) => name);

  describe('secret values', () => {
    test('are not in git, neither in files nor in history', async () => {
      const values = await readSecretValues();
      expect(values.length).toBeGreaterThan(10);
      expect(findIn(await cluster.git('log', '--all', '--patch', '--format=%B'), values)).toEqual([]);
    });

    test('are in no log', async () => {
      const values = await readSecretValues();
      for (const file of await readdir(cluster.logFolder)) {
        expect(findIn(await readFile(join(cluster.logFolder, file), 'utf8'), values)).toEqual([]);
      }
    });

    test('were in no process list while the cluster was made', async () => {
      const all = [...commandLines()].join('\n');
      expect(all).toContain('kube-apiserver');
      expect(findIn(all, await readSecretValues())).toEqual([]);
    });
  });

  test('the sealing key is only the user’s to read', async () => {
    for (const file of ['sealing-key.pem', 'kubeconfig.yaml', 'git-credentials', 'node-token']) {
      expect((await stat(join(cluster.dataFolder, file))).mode & 0o777).toBe(0o600);
    }
  });

  describe('seal', () => {
    test('seals a value from standard input, which is a Secret after a push', async () => {
      const value = `p4ssw0rd-${Date.now()}`;
      const sealed = await cluster.runWithInput(`${value}\n`, 'seal', 'movies', 'mail-account', 'password=-');
      expect(sealed.stderr).toBe('');
      const file = join(cluster.clone, 'clusters', cluster.name, 'secrets', 'movies.mail-account.yaml');
      const manifest = await readFile(file, 'utf8');
      expect(manifest).toContain('kind: SealedSecret');
      expect(manifest).not.toContain(value);
      await cluster.commitAll('Seal the mail account');
      await cluster.push();
      await eventually({ description: 'the opened Secret', timeoutMs: 60_000 }, async () => {
        const path = 'jsonpath={.data.password}';
        const encoded = await cluster.kubectl('get', 'secret', 'mail-account', '-o', path);
        return Buffer.from(encoded, 'base64').toString() === value;
      });
    });

    test('refuses a value in the arguments', async () => {
      const { exitCode, stderr } = await cluster.run('seal', 'movies', 'mail-account', 'password=hunter2');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('stands in the arguments');
      expect(stderr).not.toContain('hunter2');
    });
  });
}
