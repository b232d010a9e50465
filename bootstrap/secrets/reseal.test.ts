import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { provideKubeseal } from '../../tests/manifests/support/tools.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import { canOpen, resealManifest } from './reseal.ts';
import { openSecret, SEALING_KEY_ANNOTATION, sealObject, sealSecret } from './seal.ts';
import {
  listOpeningKeys,
  type OpeningKey,
  promoteNextSealingKey,
  provideNextSealingKey,
  provideSealingKey,
  type SealingKey,
} from './sealing-key.ts';

const kubeseal = await provideKubeseal();
let folder: string;
let old: OpeningKey;
let key: SealingKey;
let oldManifest: string;
const BYTES = Buffer.from([0, 255, 254, 10, 0]).toString('base64');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reseal-'));
  const before = await provideSealingKey(folder);
  const plain = {
    namespace: 'movies',
    name: 'mail',
    labels: { team: 'a' },
    values: { user: 'u', word: 'pä$$\n' },
  };
  oldManifest = await sealSecret(shell, kubeseal, before, plain);
  const wide = await sealObject(shell, kubeseal, before, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'bytes',
      namespace: 'git',
      annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' },
    },
    data: { bytes: BYTES },
  });
  oldManifest = `# of the mail account\n${oldManifest}---\n${formatManifest([wide])}`;
  await provideNextSealingKey(folder);
  key = await promoteNextSealingKey(folder);
  const [earlier] = (await listOpeningKeys(folder)).slice(1);
  if (!earlier) throw new Error('the old key is not kept');
  old = earlier;
});
afterAll(async () => await rm(folder, { recursive: true }));

const tools = (...keys: OpeningKey[]) => ({ shell, kubeseal, keys });
const opened = async (text: string, ...keys: OpeningKey[]) =>
  await Promise.all(
    parseManifest(text).map(async (one) => await openSecret(shell, kubeseal, keys, formatManifest([one]))),
  );

test('values are sealed with the new key, and all else stays', async () => {
  const text = await resealManifest(tools(key, old), key, oldManifest);
  if (!text) throw new Error('nothing was sealed anew');
  expect(text.startsWith('# of the mail account\n')).toBe(true);
  const before = await opened(oldManifest, old);
  const after = await opened(text, key);
  expect(after.map(({ data, metadata }) => ({ data, labels: metadata?.labels }))).toEqual(
    before.map(({ data, metadata }) => ({ data, labels: metadata?.labels })),
  );
  expect(after[1]?.data).toEqual({ bytes: BYTES });
  for (const sealed of parseManifest(text)) {
    expect(sealed.metadata?.annotations?.[SEALING_KEY_ANNOTATION]).toBe(key.fingerprint);
    expect(await canOpen(tools(old), sealed)).toBe(false);
  }
  expect(parse(text.split('---\n')[1] ?? '').metadata.annotations).toMatchObject({
    'sealedsecrets.bitnami.com/cluster-wide': 'true',
  });
});

test('what the new key opens is left as it is', async () => {
  const text = await resealManifest(tools(key, old), key, oldManifest);
  expect(await resealManifest(tools(key, old), key, text ?? '')).toBeUndefined();
  expect(await resealManifest(tools(key), key, 'kind: ConfigMap\napiVersion: v1\n')).toBeUndefined();
});

test('what no key opens is told, not lost', async () => {
  await expect(resealManifest(tools(key), key, oldManifest)).rejects.toThrow('no key could decrypt');
});
