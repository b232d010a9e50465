import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { provideKubeseal } from '../../tests/manifests/support/tools.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { createDeployKey } from '../git-source/deploy-key.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { readSourceCredential, type SealingTools, sealSourceCredential } from './source-secret.ts';

const kubeseal = await provideKubeseal();
const local = await readClusterSettings(join(import.meta.dirname, '..', '..'), 'local');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-secret-'));
  await mkdir(join(folder, 'cluster'));
});
afterEach(async () => await rm(folder, { recursive: true }));

function tools(source: string, dataFolder = 'data'): SealingTools {
  const cluster = {
    name: 'local',
    folder: join(folder, 'cluster'),
    settings: { ...local, git: { ...local.git, source } },
  };
  const directories = { data: join(folder, dataFolder), cache: '', config: '', log: '' };
  return { context: { shell, cluster, directories }, kubeseal: async () => kubeseal };
}

const FILE = 'cluster/secrets/argocd.git-source.yaml';

test('a token is sealed as the Secret that Argo CD looks for, and opened here alone', async () => {
  const source = 'https://github.com/you/fork';
  const token = { kind: 'token', username: 'git', token: 'ghp_0123456789' } as const;
  expect(await readSourceCredential(tools(source))).toBeUndefined();
  await sealSourceCredential(tools(source), token);
  const text = await readFile(join(folder, FILE), 'utf8');
  expect(text).not.toContain(token.token);
  const { spec } = parse(text);
  expect(spec.template.metadata.labels).toEqual({ 'argocd.argoproj.io/secret-type': 'repository' });
  expect(Object.keys(spec.encryptedData).sort()).toEqual(['password', 'type', 'url', 'username']);
  expect(await readSourceCredential(tools(source))).toEqual(token);
});

test('a deploy key is sealed whole', async () => {
  const { privateKey } = await createDeployKey(shell, 'argocd@local');
  const credential = { kind: 'deploy-key', privateKey } as const;
  const source = 'git@github.com:you/fork.git';
  await sealSourceCredential(tools(source), credential);
  expect(await readSourceCredential(tools(source))).toEqual(credential);
});

test('what is sealed for another repository, or with another key, is refused', async () => {
  const token = { kind: 'token', username: 'git', token: 'ghp_0123456789' } as const;
  await sealSourceCredential(tools('https://github.com/you/fork'), token);
  await expect(readSourceCredential(tools('https://github.com/you/other'))).rejects.toThrow(
    'is not for https://github.com/you/other',
  );
  await expect(readSourceCredential(tools('https://github.com/you/fork', 'elsewhere'))).rejects.toThrow(
    'a key that is not this cluster',
  );
});

test('a sealed secret that was damaged is not taken', async () => {
  const source = 'https://github.com/you/fork';
  await sealSourceCredential(tools(source), { kind: 'token', username: 'git', token: 'ghp_0123456789' });
  const text = await readFile(join(folder, FILE), 'utf8');
  await writeFile(join(folder, FILE), text.replace(/(password: .{40})./, '$1!'));
  await expect(readSourceCredential(tools(source))).rejects.toThrow();
});
