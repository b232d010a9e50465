import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../../support/cluster-under-test.ts';
import { eventually } from '../../support/eventually.ts';
import { runCommand } from '../../support/run-command.ts';

const STORE = '/var/lib/rancher/k3s/server/db/state.db';
const NAME = 'stored';

/** What somebody finds who has the file of the data store. */
export function describeDataStore(cluster: ClusterUnderTest): void {
  /** How many lines of the store and its write-ahead log hold a text, which goes through a pipe. */
  const count = async (text: string): Promise<number> => {
    const grep = [
      'grep',
      '--text',
      '--count',
      '--fixed-strings',
      '--no-filename',
      '--file=-',
      STORE,
      `${STORE}-wal`,
    ];
    const args = ['exec', '--interactive', `orchestrator-${cluster.name}-master`, ...grep];
    const { exitCode, stdout, stderr } = await runCommand('docker', args, { input: text });
    if (exitCode !== 0 && exitCode !== 1) throw new Error(stderr);
    return stdout
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0);
  };
  const readSecret = async (name: string) => {
    const encoded = await cluster.kubectl(
      '-n',
      'movies',
      'get',
      'secret',
      name,
      '-o',
      'jsonpath={.data.password}',
    );
    return { encoded, value: Buffer.from(encoded, 'base64').toString() };
  };

  describe('in its data store', () => {
    test('a ConfigMap can be read, and no Secret', async () => {
      const [open, secret] = ['config', 'secret'].map((word) => `${word}-${Date.now()}`);
      const create = (...what: string[]) => cluster.kubectl('-n', 'default', 'create', ...what);
      await create('configmap', NAME, `--from-literal=value=${open}`);
      await create('secret', 'generic', NAME, `--from-literal=value=${secret}`);
      try {
        await eventually(
          { description: 'the ConfigMap in the store', timeoutMs: 30_000 },
          async () => (await count(`${open}`)) > 0,
        );
        expect(await count(`${secret}`)).toBe(0);
        expect(await count('k8s:enc:')).toBeGreaterThan(0);
      } finally {
        await cluster.kubectl('-n', 'default', 'delete', `configmap/${NAME}`, `secret/${NAME}`);
      }
    });

    test('the password of the broker and those of the databases are not to be found', async () => {
      for (const name of [
        'rabbitmq-credentials',
        'inventory-database-credentials',
        'billing-database-credentials',
      ]) {
        const { encoded, value } = await readSecret(name);
        expect(value.length).toBeGreaterThan(20);
        expect(await count(value)).toBe(0);
        expect(await count(encoded)).toBe(0);
      }
    });
  });
}
