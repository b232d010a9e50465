import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ClusterSettings } from '../../bootstrap/settings/cluster-settings.ts';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { GitHost } from '../support/git-host.ts';
import { announcePush, formatPushEvent } from '../support/github-webhook.ts';

const NAME = 'fork';
const POLL_SECONDS = 15;
const OWN_POLL_SECONDS = 30;
/** Rarely enough that what is live before has been announced. */
const RARE_POLL_SECONDS = 600;

/** Following a repository elsewhere: GitHub's place is taken by a host on this machine, over https and ssh. */
export function describeExternalGit(cluster: ClusterUnderTest): void {
  let host: GitHost;
  const folder = () => join(cluster.clone, 'clusters', cluster.name);
  const follow = async (git: Pick<ClusterSettings['git'], 'source' | 'poll'>) => {
    const file = join(folder(), 'cluster.yaml');
    const settings: ClusterSettings = parse(await readFile(file, 'utf8'));
    await writeFile(file, stringify({ ...settings, git: { ...settings.git, ...git } }));
    await cluster.commitAll(`Follow ${git.source}`);
  };
  const create = async () => {
    const first = await cluster.run('create');
    if (first.exitCode === 0) return first;
    // What it committed has to be pushed by its owner.
    expect(first.stderr).toMatch(/these commits are only here:[\s\S]*next: git push .* HEAD:main, then run/);
    await host.push(cluster.clone, NAME);
    return await requireSuccess(cluster.run('create'));
  };
  const readSync = async () => {
    const path = 'jsonpath={.spec.source.repoURL} {.status.sync.status} {.status.sync.revision}';
    return await cluster.kubectl('-n', 'argocd', 'get', 'application', 'api-gateway', '-o', path);
  };
  const readHead = async () => (await cluster.git('rev-parse', 'HEAD')).trim();
  const changeMessage = async (message: string) => {
    const file = join(cluster.clone, 'apps', 'api-gateway', 'config.env');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/WELCOME_MESSAGE=.*/, `WELCOME_MESSAGE=${message}`));
    return await cluster.commitAll(message);
  };
  const untilLive = (message: string, timeoutMs: number) =>
    eventually({ description: `the answer ${message}`, timeoutMs, intervalMs: 200 }, async () =>
      (await (await fetch(`http://${cluster.masterAddress}:3000/`)).text()).includes(message),
    );

  describe('a repository elsewhere', () => {
    beforeAll(async () => {
      host = await GitHost.start(`${cluster.network}.1`);
      await host.createRepository(NAME, 'public');
      await mkdir(join(folder(), 'git-host'), { recursive: true });
      await writeFile(join(folder(), 'git-host', 'ca.pem'), host.authority);
      await writeFile(join(folder(), 'git-host', 'known_hosts'), host.knownHosts);
    });
    afterAll(async () => await host.stop());

    test('that lacks the branch is refused before anything is changed', async () => {
      await follow({ source: host.httpsUrl(NAME), poll: POLL_SECONDS });
      const before = await readHead();
      const { exitCode, stderr } = await cluster.run('create');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/has no branch main[\s\S]*next: Push it \(git push https:.* HEAD:main\)/);
      expect(await readHead()).toBe(before);
      await host.push(cluster.clone, NAME);
    });

    test('is followed in place of the cluster’s own git server, which is gone then', async () => {
      const { stdout } = await create();
      expect(stdout).toContain(`git push ${host.httpsUrl(NAME)} HEAD:main`);
      expect(await readSync()).toBe(`${host.httpsUrl(NAME)} Synced ${await readHead()}`);
      await eventually({ description: 'the end of the git server', timeoutMs: 120_000 }, async () => {
        const pods = await cluster.kubectl('-n', 'git', 'get', 'pods', '-o', 'name');
        return pods.trim() === '';
      });
      expect((await cluster.run('status')).stdout).toContain(host.httpsUrl(NAME));
    });

    test('is looked at by itself', async () => {
      const message = `polled at ${Date.now()}`;
      await changeMessage(message);
      await host.push(cluster.clone, NAME);
      const { seconds } = await untilLive(message, POLL_SECONDS * 1000 + 60_000);
      reportFigure(`push to the new answer, polled every ${POLL_SECONDS} s`, seconds);
    });

    test('announces a push by a webhook in GitHub’s form, and nobody else does', async () => {
      await follow({ source: host.httpsUrl(NAME), poll: RARE_POLL_SECONDS });
      await host.push(cluster.clone, NAME);
      await create();
      const secret = await readWebhookSecret(cluster);
      const before = await readHead();
      const message = `announced at ${Date.now()}`;
      const after = await changeMessage(message);
      await host.push(cluster.clone, NAME);
      const payload = formatPushEvent(host.httpsUrl(NAME), before, after);
      expect(await announcePush(cluster.masterAddress, payload, 'not the secret')).not.toBe(200);
      expect(await announcePush(cluster.masterAddress, payload, secret)).toBe(200);
      const { seconds } = await untilLive(message, 60_000);
      reportFigure('push to the new answer, announced by a webhook', seconds);
    });

    test('that becomes private is refused without a token, then read with one', async () => {
      host.setVisibility(NAME, 'private');
      const refused = await cluster.run('create');
      expect(refused.stderr).toMatch(/is not there, or is private[\s\S]*next: .*git-access token/);
      const wrong = await cluster.runWithInput('wrong\n', 'git-access', 'token', '--file', '-');
      expect(wrong.stderr).toContain('the token may not read it');
      await requireSuccess(cluster.runWithInput(`${host.token}\n`, 'git-access', 'token', '--file', '-'));
      await create();
      await deployAndWait('with a token', host.httpsUrl(NAME));
    });

    test('is read over ssh with a deploy key that was made for it', async () => {
      await follow({ source: host.sshUrl(NAME), poll: POLL_SECONDS });
      await host.push(cluster.clone, NAME);
      const made = await requireSuccess(cluster.run('git-access', 'deploy-key'));
      const publicKey = /^ssh-ed25519 .*$/m.exec(made.stdout)?.[0] ?? '';
      const refused = await cluster.run('create');
      expect(refused.stderr).toContain('the deploy key may not read it');
      await host.authorizeKey(publicKey);
      await create();
      expect(await readSync()).toBe(`${host.sshUrl(NAME)} Synced ${await readHead()}`);
      await deployAndWait('with a deploy key', host.sshUrl(NAME));
    });

    test('leaves its token and its key in no log, and in git only sealed', async () => {
      const history = await cluster.git('log', '--all', '--patch', '--format=%B', '--', folder());
      const files = (await readdir(cluster.logFolder)).filter((name) => name.endsWith('.log'));
      const logs = await Promise.all(files.map((name) => readFile(join(cluster.logFolder, name), 'utf8')));
      expect(logs.length).toBeGreaterThan(3);
      for (const text of [history, ...logs]) {
        expect(text.includes(host.token)).toBe(false);
        expect(text.includes('BEGIN OPENSSH PRIVATE KEY')).toBe(false);
      }
    });

    test('gives its place back to the cluster’s own git server, which has what it had', async () => {
      await rm(join(folder(), 'git-host'), { recursive: true });
      await rm(join(folder(), 'secrets', 'argocd.git-source.yaml'));
      await follow({ source: 'cluster', poll: OWN_POLL_SECONDS });
      await requireSuccess(cluster.run('create'));
      const revision = await readHead();
      expect(await readSync()).toMatch(new RegExp(`^https://git-server\\.git\\.svc.* Synced ${revision}$`));
      const message = `back at ${Date.now()}`;
      await changeMessage(message);
      expect(await cluster.push()).toContain('Argo CD knows: main');
      await untilLive(message, 30_000);
    });
  });

  const deployAndWait = async (how: string, url: string) => {
    const message = `deployed ${how} at ${Date.now()}`;
    const before = await readHead();
    const after = await changeMessage(message);
    await host.push(cluster.clone, NAME);
    await announcePush(
      cluster.masterAddress,
      formatPushEvent(url, before, after),
      await readWebhookSecret(cluster),
    );
    await untilLive(message, 90_000);
  };
}

/** What a person enters at the git host, as the command prints it. */
async function readWebhookSecret(cluster: ClusterUnderTest): Promise<string> {
  const { stdout } = await requireSuccess(cluster.run('git-access', 'webhook'));
  expect(stdout).toContain(`https://${cluster.masterAddress}/api/webhook`);
  return /^ *Secret +(\S+)$/m.exec(stdout)?.[1] ?? '';
}
