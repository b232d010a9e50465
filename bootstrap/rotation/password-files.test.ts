import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { provideKubeseal } from '../../tests/manifests/support/tools.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import { BASIS_ANNOTATION, sealSecret } from '../secrets/seal.ts';
import {
  endSealingKeyRotation,
  promoteNextSealingKey,
  provideNextSealingKey,
  provideSealingKey,
} from '../secrets/sealing-key.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { otherLogin, usedLogin } from './logins.ts';
import { commitPhase, endPasswordRotation, type PasswordTools, provideRotation } from './password-files.ts';
import { ROTATED_SECRETS } from './rotated-secrets.ts';

const kubeseal = await provideKubeseal();
const local = await readClusterSettings(join(import.meta.dirname, '..', '..'), 'local');
let clone: SmallClone;
let data: string;
let tools: PasswordTools;

const pathOf = (name: string) => `clusters/local/secrets/movies.${name}.yaml`;

beforeEach(async () => {
  clone = await SmallClone.create();
  data = join(clone.folder, '.git', 'data');
  const directories = { data, cache: '', config: '', log: '' };
  const cluster = { name: 'local', folder: join(clone.folder, 'clusters', 'local'), settings: local };
  tools = {
    context: { shell, repository: clone.folder, cluster, directories },
    kubeseal: async () => kubeseal,
  };
  await mkdir(join(cluster.folder, 'secrets'), { recursive: true });
  const key = await provideSealingKey(data);
  for (const { namespace, name } of ROTATED_SECRETS) {
    const username = name.split('-')[0] ?? '';
    const values = { username, password: `first of ${name}`, 'erlang-cookie': 'cookie' };
    const annotations = { [BASIS_ANNOTATION]: username };
    const sealed = await sealSecret(shell, kubeseal, key, { namespace, name, values, annotations });
    await writeFile(join(clone.folder, pathOf(name)), sealed);
  }
  await clone.commit('clusters/local/cluster.yaml', 'settings');
});
afterEach(async () => await clone.remove());

const log = async () => (await clone.git('log', '--format=%s')).split('\n');
const rabbitmq = async () => {
  const found = (await provideRotation(tools)).secrets.find(
    ({ secret }) => secret.name === 'rabbitmq-credentials',
  );
  if (!found) throw new Error('there is no rabbitmq-credentials');
  return found;
};

describe('a rotation of passwords in git', () => {
  test('goes from one login to the other in three commits, and back with the next', async () => {
    const first = usedLogin((await rabbitmq()).values);
    expect(first.username).toBe('rabbitmq');

    const announced = await commitPhase(tools, 'announced');
    expect(announced).toHaveLength(ROTATED_SECRETS.length);
    const { values } = await rabbitmq();
    expect(usedLogin(values)).toEqual(first);
    const second = otherLogin(values);
    expect(second?.username).toBe('rabbitmq_alternate');
    expect(second?.password).not.toBe(first.password);

    await commitPhase(tools, 'switched');
    expect(usedLogin((await rabbitmq()).values)).toEqual(second);
    expect(otherLogin((await rabbitmq()).values)).toEqual(first);

    await commitPhase(tools, 'settled');
    const settled = await rabbitmq();
    expect(usedLogin(settled.values)).toEqual(second);
    expect(otherLogin(settled.values)).toBeUndefined();
    expect(settled.values['erlang-cookie']).toBe('cookie');
    expect(settled.sealed.metadata?.annotations?.[BASIS_ANNOTATION]).toBe('rabbitmq');
    expect((await log()).slice(0, 3)).toEqual([
      'Refuse the old passwords of local',
      'Use the new passwords of local',
      'Announce new passwords of local',
    ]);

    await endPasswordRotation(tools.context);
    await commitPhase(tools, 'announced');
    expect(otherLogin((await rabbitmq()).values)?.username).toBe('rabbitmq');
    expect(otherLogin((await rabbitmq()).values)?.password).not.toBe(first.password);
  });

  test('killed while it writes, begins the phase again from the last commit', async () => {
    const { id } = await provideRotation(tools);
    await writeFile(join(clone.folder, pathOf('rabbitmq-credentials')), 'half of a file');
    const resumed = await provideRotation(tools);
    expect(resumed).toMatchObject({ id, phase: undefined, isResumed: true });
    await commitPhase(tools, 'announced');
    expect(await clone.git('status', '--porcelain')).toBe('');
  });

  test('killed after a commit, goes on with the same passwords, also on another host with the key', async () => {
    await commitPhase(tools, 'announced');
    const { values } = await rabbitmq();
    const { id } = await provideRotation(tools);
    expect(await commitPhase(tools, 'announced')).toMatchObject([{}, {}, {}, {}, {}, {}, {}]);
    expect((await rabbitmq()).values).toEqual(values);
    await rm(join(data, 'password-rotation.json'));
    expect(await provideRotation(tools)).toMatchObject({ id, phase: 'announced', isResumed: true });
  });

  test('killed after the last commit, is known to have made it', async () => {
    for (const phase of ['announced', 'switched', 'settled'] as const) await commitPhase(tools, phase);
    expect(await provideRotation(tools)).toMatchObject({ phase: 'settled', isResumed: true });
    await endPasswordRotation(tools.context);
    expect(await provideRotation(tools)).toMatchObject({ phase: undefined, isResumed: false });
  });

  test('goes on while the sealing key is rotated as well', async () => {
    await commitPhase(tools, 'announced');
    const { values } = await rabbitmq();
    await provideNextSealingKey(data);
    await promoteNextSealingKey(data);
    await endSealingKeyRotation(data);
    await commitPhase(tools, 'switched');
    expect(usedLogin((await rabbitmq()).values)).toEqual(otherLogin(values));
  });

  test('commits nothing else, and no password that can be read', async () => {
    await writeFile(join(clone.folder, 'mine'), 'not committed');
    await clone.git('add', 'mine');
    const committed = await commitPhase(tools, 'announced');
    expect(await clone.git('diff', '--cached', '--name-only')).toBe('mine');
    const patch = await clone.git('log', '--patch', '-1');
    for (const { values } of committed)
      for (const login of [usedLogin(values), otherLogin(values)])
        expect(patch).not.toContain(login?.password);
  });

  test('is refused where a secret is not in git, or no key here opens it', async () => {
    await rm(data, { recursive: true });
    await provideSealingKey(data);
    await expect(provideRotation(tools)).rejects.toThrow('No key of this host opens');
    await clone.git('rm', '--quiet', pathOf('rabbitmq-credentials'));
    await clone.git('commit', '--quiet', '--message', 'Remove');
    await expect(provideRotation(tools)).rejects.toThrow(/is not in git|No key of this host/);
  });
});
