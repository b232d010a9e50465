import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { mergeKubeconfig, removeFromKubeconfig } from './kubeconfig-file.ts';

const MINE = `apiVersion: v1
kind: Config
# the one at work
clusters:
  - name: work
    cluster: { server: https://work.example }
contexts:
  - name: work
    context: { cluster: work, user: me }
users:
  - name: me
    user: { token: abc }
current-context: work
`;
const entry = {
  name: 'orchestrator-local',
  namespace: 'movies',
  cluster: { server: 'https://192.168.56.10:6443' },
  user: { 'client-key-data': 'eA==' },
};

let file = '';
beforeEach(async () => {
  file = join(await makeTemporaryFolder('kubeconfig-'), 'config');
});

describe('the kubeconfig of a person', () => {
  test('keeps what is in it when a cluster is merged, comments included', async () => {
    await writeFile(file, MINE);
    await mergeKubeconfig(file, entry, true);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# the one at work');
    const { clusters, contexts, users, ...rest } = parse(text);
    expect(clusters.map((one: { name: string }) => one.name)).toEqual(['work', 'orchestrator-local']);
    expect(contexts[1].context).toMatchObject({ namespace: 'movies', user: 'orchestrator-local' });
    expect(users[0]).toEqual({ name: 'me', user: { token: 'abc' } });
    expect(rest['current-context']).toBe('orchestrator-local');
  });

  test('has one entry after merging twice', async () => {
    await mergeKubeconfig(file, entry, false);
    await mergeKubeconfig(file, entry, false);
    expect(parse(await readFile(file, 'utf8')).contexts).toHaveLength(1);
  });

  test('keeps its current context unless told otherwise', async () => {
    await writeFile(file, MINE);
    await mergeKubeconfig(file, entry, false);
    expect(parse(await readFile(file, 'utf8'))['current-context']).toBe('work');
  });

  test('is made when it is not there, for its owner alone', async () => {
    await mergeKubeconfig(file, entry, true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is as before when the cluster is removed', async () => {
    await writeFile(file, MINE);
    await mergeKubeconfig(file, entry, false);
    await removeFromKubeconfig(file, entry.name);
    expect(parse(await readFile(file, 'utf8'))).toEqual(parse(MINE));
  });

  test('that is none is left alone', async () => {
    await writeFile(file, 'just: [text');
    await expect(mergeKubeconfig(file, entry, true)).rejects.toThrow('is no kubeconfig');
    expect(await readFile(file, 'utf8')).toBe('just: [text');
  });
});
