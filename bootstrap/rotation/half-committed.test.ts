import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import type { Shell } from '../lib/shell.ts';
import { createKeyPair } from '../secrets/certificate.ts';
import { encryptedDataOf } from '../secrets/reseal.ts';
import { installSealingKey } from '../secrets/sealing-key.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { formatRevision, otherLogin, readRevision, usedLogin } from './logins.ts';
import { commitPhase, type PasswordTools, provideRotation } from './password-files.ts';
import { ROTATED_SECRETS } from './rotated-secrets.ts';

const PHASES = ['announced', 'switched', 'settled'] as const;
const KUBESEAL = 'kubeseal';
const local = await readClusterSettings(join(import.meta.dirname, '..', '..'), 'local');
let clone: SmallClone;
let tools: PasswordTools;
/** How many Secrets are sealed until the process is killed. */
let sealsLeft: number;

/** kubeseal seals nothing here: what is tested is which files are written when. */
const run: Shell['run'] = (program, args, options) => {
  if (program !== KUBESEAL) return shell.run(program, args, options);
  const [object] = parseManifest(String(options?.input));
  const { apiVersion, metadata, stringData } = object as ManagedObject & { stringData?: object };
  if (object && args.includes('--recovery-unseal')) {
    const values = Object.entries(encryptedDataOf(object));
    const data = values.map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
    return printed({ apiVersion, kind: 'Secret', metadata, data: Object.fromEntries(data) });
  }
  sealsLeft -= 1;
  if (sealsLeft < 0) return Promise.reject(new Error('killed'));
  return printed({ apiVersion, kind: 'SealedSecret', metadata, spec: { encryptedData: stringData } });
};

function printed(object: object): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  return Promise.resolve({ stdout: JSON.stringify(object), stderr: '', exitCode: 0 });
}

beforeEach(async () => {
  clone = await SmallClone.create();
  sealsLeft = Number.POSITIVE_INFINITY;
  const data = join(clone.folder, '.git', 'data');
  const cluster = { name: 'local', folder: join(clone.folder, 'clusters', 'local'), settings: local };
  const directories = { data, cache: '', config: '', log: '' };
  tools = {
    context: { shell: { ...shell, run }, repository: clone.folder, cluster, directories },
    kubeseal: async () => KUBESEAL,
  };
  await mkdir(data);
  await installSealingKey(data, await createKeyPair({ commonName: 'test', algorithm: 'ecdsa-p256' }));
  for (const { namespace, name } of ROTATED_SECRETS) {
    const encryptedData = { username: 'first', password: `first of ${name}` };
    const metadata = { namespace, name };
    const sealed = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata,
      spec: { encryptedData },
    };
    await clone.commit(`clusters/local/secrets/${namespace}.${name}.yaml`, formatManifest([sealed]));
  }
});
afterEach(async () => await clone.remove());

test.each(PHASES)('killed while it writes %s, and committed by others, goes on to the end', async (phase) => {
  for (const one of PHASES.slice(0, PHASES.indexOf(phase))) await commitPhase(tools, one);
  sealsLeft = 3;
  await expect(commitPhase(tools, phase)).rejects.toThrow('killed');
  sealsLeft = Number.POSITIVE_INFINITY;
  await clone.commit('clusters/local/cluster.yaml', 'what create commits');
  const { id, phase: reached, secrets } = await provideRotation(tools);
  expect(reached).toBe([undefined, ...PHASES][PHASES.indexOf(phase)]);
  const written = secrets.filter(({ values }) => readRevision(values)?.phase === phase);
  expect(written).toHaveLength(3);

  const committed = await commitPhase(tools, phase);
  expect(committed).toEqual(expect.arrayContaining(written));
  const revisions = new Set(committed.map(({ values }) => values.revision));
  expect([...revisions]).toEqual([formatRevision(id, phase)]);
  for (const one of PHASES) await commitPhase(tools, one);
  const { phase: last, secrets: all } = await provideRotation(tools);
  expect(last).toBe('settled');
  expect(all).toHaveLength(ROTATED_SECRETS.length);
  for (const { secret, values } of all) {
    expect(usedLogin(values).username).toBe('first_alternate');
    expect(usedLogin(values).password).not.toBe(`first of ${secret.name}`);
    expect(otherLogin(values)).toBeUndefined();
  }
});
