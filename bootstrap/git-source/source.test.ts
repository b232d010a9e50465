import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GitHost } from '../../tests/support/git-host.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import { UserError } from '../lib/errors.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import {
  type ComparedClone,
  compareWithSource,
  formatPush,
  requireSourceBranch,
} from './compare-with-source.ts';
import { createDeployKey, readDeployKey } from './deploy-key.ts';
import type { SourceCredential } from './source-credential.ts';
import type { SourceAccess } from './source-git.ts';

const local = await readClusterSettings(join(import.meta.dirname, '..', '..'), 'local');
let host: GitHost;
let clone: SmallClone;

beforeAll(async () => {
  host = await GitHost.start('127.0.0.1');
});
afterAll(async () => await host.stop());
beforeEach(async () => {
  clone = await SmallClone.create();
  await clone.commit('apps/one.yaml', 'one');
  await clone.commit('clusters/local/cluster.yaml', 'settings');
  await host.createRepository('fork', 'public');
  await host.push(clone.folder, 'fork');
});
afterEach(async () => {
  await clone.remove();
  await host.removeRepository('fork');
});

function compared(url: string, branch = 'main'): ComparedClone {
  const settings = { ...local, git: { ...local.git, source: url, branch } };
  const cluster = { name: 'local', folder: join(clone.folder, 'clusters', 'local'), settings };
  return { shell, repository: clone.folder, cluster };
}

function overHttps(credential?: SourceCredential): SourceAccess {
  return { url: host.httpsUrl('fork'), credential, trust: { authority: host.authority } };
}

function overSsh(credential?: SourceCredential): SourceAccess {
  return { url: host.sshUrl('fork'), credential, trust: { knownHosts: host.knownHosts } };
}

const token = (value: string): SourceCredential => ({ kind: 'token', username: 'git', token: value });

async function refusal(access: SourceAccess, branch?: string): Promise<string> {
  const error = await requireSourceBranch(compared(access.url, branch), access).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return `${error.message}\n${error.remedy}`;
}

describe('over https', () => {
  test('a public repository is read by anybody', async () => {
    await requireSourceBranch(compared(host.httpsUrl('fork')), overHttps());
  });

  test('a private one is read with a token only, and what the clone keeps does not help', async () => {
    host.setVisibility('fork', 'private');
    const helper = `!f() { echo username=me; echo password=${host.token}; }; f`;
    await clone.git('config', 'credential.helper', helper);
    expect(await refusal(overHttps())).toMatch(/is private\n.*git-access token/);
    expect(await refusal(overHttps(token('wrong')))).toContain('the token may not read it');
    await requireSourceBranch(compared(host.httpsUrl('fork')), overHttps(token(host.token)));
  });

  test('one that is not there is told', async () => {
    const access = { ...overHttps(token(host.token)), url: host.httpsUrl('nowhere') };
    expect(await refusal(access)).toContain('is not there');
  });

  test('an authority that nobody knows is refused, with the file that it belongs into', async () => {
    expect(await refusal({ ...overHttps(), trust: {} })).toContain('clusters/local/git-host/ca.pem');
  });

  test('a host that does not answer is told', async () => {
    const access = { ...overHttps(), url: 'https://127.0.0.1:1/you/fork' };
    expect(await refusal(access)).toMatch(/can't be read: .*Failed to connect/);
  });

  test('a branch that is not there is told, with the command that pushes it', async () => {
    await clone.git('remote', 'add', 'mine', host.httpsUrl('fork'));
    expect(await refusal(overHttps(), 'live')).toMatch(/has no branch live\n.*git push mine HEAD:live/);
  });
});

describe('over ssh', () => {
  test('a deploy key reads, once the host knows it', async () => {
    const key = await createDeployKey(shell, 'argocd@local');
    const access = overSsh({ kind: 'deploy-key', privateKey: key.privateKey });
    expect(await refusal(overSsh())).toMatch(/lets nobody in without a key\n.*git-access deploy-key/);
    expect(await refusal(access)).toContain('the deploy key may not read it');
    await host.authorizeKey(key.publicKey);
    await requireSourceBranch(compared(access.url), access);
    expect((await compareWithSource(compared(access.url), access)).state).toBe('contained');
  });

  test('a host key that nobody knows is refused, with the file that it belongs into', async () => {
    expect(await refusal({ ...overSsh(), trust: {} })).toContain('clusters/local/git-host/known_hosts');
  });

  test('a key that is there already is taken, unless a passphrase locks it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deploy-key-'));
    const file = join(folder, 'key');
    const made = await createDeployKey(shell, 'me');
    await writeFile(file, made.privateKey, { mode: 0o600 });
    expect(await readDeployKey(shell, file)).toEqual(made);
    await shell.run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', file]);
    await expect(readDeployKey(shell, file)).rejects.toThrow('without a passphrase');
    await rm(folder, { recursive: true });
  });
});

describe('the branch that Argo CD follows', () => {
  const compare = () => compareWithSource(compared(host.httpsUrl('fork')), overHttps());

  test('contains what was pushed, also when others have pushed more', async () => {
    const tip = await clone.git('rev-parse', 'HEAD');
    expect(await compare()).toEqual({ state: 'contained', tip });
    const newer = await clone.commit('apps/one.yaml', 'two');
    await host.push(clone.folder, 'fork');
    await clone.git('reset', '--quiet', '--hard', 'HEAD~');
    expect(await compare()).toEqual({ state: 'contained', tip: newer });
  });

  test('is behind by the commits that were not pushed', async () => {
    await clone.commit('clusters/local/secrets/one.yaml', 'sealed');
    const comparison = await compare();
    expect(comparison).toEqual({
      state: 'behind',
      lacking: [expect.stringContaining('Write clusters/local/secrets/one.yaml')],
    });
  });

  test('contains what a squashed merge has brought', async () => {
    await clone.commit('apps/one.yaml', 'two');
    await clone.commit('apps/two.yaml', 'two');
    const mine = await clone.git('rev-parse', 'HEAD');
    await clone.git('reset', '--quiet', '--soft', 'HEAD~2');
    const tip = await clone.commit('README.md', 'squashed');
    await host.push(clone.folder, 'fork');
    await clone.git('reset', '--quiet', '--hard', mine);
    expect(await compare()).toEqual({ state: 'contained', tip });
  });

  test('has diverged when each has what the other lacks', async () => {
    await clone.commit('apps/one.yaml', 'theirs');
    await host.push(clone.folder, 'fork');
    await clone.git('reset', '--quiet', '--hard', 'HEAD~');
    await clone.commit('apps/one.yaml', 'mine');
    expect(await compare()).toEqual({ state: 'diverged' });
  });

  test('is pushed to by the remote that has its URL in any form, else by the URL', async () => {
    const form = async (url: string) => await formatPush(compared(url));
    await clone.git('remote', 'add', 'fork', 'git@github.com:you/fork.git');
    expect(await form('https://github.com/you/fork')).toBe('git push fork HEAD:main');
    expect(await form('https://github.com/you/other')).toBe(
      'git push https://github.com/you/other HEAD:main',
    );
  });
});
