import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';

interface Secret {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Shorter values, such as user names, are no secrets. */
const SHORTEST_SECRET = 12;

/** Where secrets are, and where they are not. */
export function describeSecrets(cluster: ClusterUnderTest, commandLines: () => ReadonlySet<string>): void {
  const readSecretValues = async () => {
    const secrets: { items: Secret[] } = JSON.parse(
      await cluster.kubectl('get', 'secrets', '-A', '-o', 'json'),
    );
    const token = await readFile(join(cluster.dataFolder, 'node-token'), 'utf8');
    const key = await readFile(join(cluster.dataFolder, 'sealing-key.pem'), 'utf8');
    const values = secrets.items.flatMap(({ data = {} }) =>
      Object.entries(data)
        // Certificates and the repository's URL are no secrets, and kept beside some.
        .filter(([name]) => !/\.crt$|^url$|^htpasswd$/.test(name))
        .map(([, value]) => Buffer.from(value, 'base64').toString()),
    );
    // One line of a key tells it as well as the whole.
    const lines = [...values, token, key].map((value) => value.split('\n')[1] ?? value.trim());
    return lines.filter((line) => line.length >= SHORTEST_SECRET && !line.startsWith('$'));
  };

  describe('secret values', () => {
    test('are not in git, neither in files nor in history', async () => {
      const history = await cluster.git('log', '--all', '--patch', '--format=%B');
      for (const value of await readSecretValues()) expect(history.includes(value)).toBe(false);
    });

    test('are in no log', async () => {
      const values = await readSecretValues();
      for (const file of await readdir(cluster.logFolder)) {
        const log = await readFile(join(cluster.logFolder, file), 'utf8');
        for (const value of values) expect(log.includes(value)).toBe(false);
      }
    });

    test('were in no process list while the cluster was made', async () => {
      const all = [...commandLines()].join('\n');
      expect(all).toContain('kube-apiserver');
      for (const value of await readSecretValues()) expect(all.includes(value)).toBe(false);
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
