import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CommandResult, runCommand } from '../../../tests/support/run-command.ts';
import { setUpMovies } from './testing/movies-cluster.ts';
import { readEvents } from './testing/read-events.ts';
import { loginToken, pushSecret, startTestDashboard, type TestDashboard } from './testing/start-dashboard.ts';

const hook = join(import.meta.dirname, '..', '..', 'git-server', 'post-receive');

let folder: string;
let dashboard: TestDashboard;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-hook-'));
  // The page's own files are not asked for here.
  dashboard = await startTestDashboard(folder, (cluster) => {
    setUpMovies(cluster, 1);
  });
  await writeFile(join(folder, 'webhook-secret'), pushSecret);
  await git('init', '--quiet', '--bare', '--initial-branch=main', 'server.git');
  await copyFile(hook, join(folder, 'server.git', 'hooks', 'post-receive'));
  await git('init', '--quiet', '--initial-branch=main', 'clone');
});
afterEach(async () => {
  await dashboard.stop();
  await rm(folder, { recursive: true });
});

async function git(...args: string[]): Promise<CommandResult> {
  const env = {
    // biome-ignore lint/style/noProcessEnv: handed on to git and its hook
    ...process.env,
    SECRETS_FOLDER: folder,
    REPOSITORY_URL: 'https://git.example/cluster',
    ARGOCD_WEBHOOK_URL: 'http://127.0.0.1:1/api/webhook',
    DASHBOARD_WEBHOOK_URL: `${dashboard.url}/hooks/push`,
  };
  const identity = ['-c', 'user.name=Zoë', '-c', 'user.email=zoe@example.org'];
  const result = await runCommand('git', [...identity, ...args], { cwd: folder, env });
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return result;
}

async function commit(path: string, message: string): Promise<string> {
  const clone = ['-C', 'clone'];
  await writeFile(join(folder, 'clone', path), message);
  await git(...clone, 'add', '--all');
  await git(...clone, 'commit', '--quiet', '--message', message);
  return (await git(...clone, 'rev-parse', 'HEAD')).stdout.trim();
}

test('the hook of the git server tells the page of a push, with its files, title and author', async () => {
  await commit('one', 'Begin');
  await git('-C', 'clone', 'push', '--quiet', '../server.git', 'HEAD:main');
  const revision = await commit('two', 'Grüße an alle\n\nand more');
  const events = readEvents(`${dashboard.url}/api/events`, { authorization: `Bearer ${loginToken}` });
  // The Applications follow another branch.
  await git('-C', 'clone', 'push', '--quiet', '../server.git', 'HEAD:try-something');
  const pushed = await git('-C', 'clone', 'push', '../server.git', 'HEAD:main');
  // Argo CD isn't there, and that is all that is told of.
  expect(pushed.stderr).toContain('Argo CD could not be told');
  const { data } = await events.until((event) => JSON.stringify(event.data).includes(revision));
  expect(data).toMatchObject({
    section: 'journeys',
    value: [
      {
        revision,
        title: 'Grüße an alle',
        author: 'Zoë',
        status: 'changes nothing that is deployed',
        stages: expect.arrayContaining([expect.objectContaining({ name: 'pushed', detail: 'to main' })]),
      },
      { title: 'Begin' },
      {},
    ],
  });
  await events.end();
});

test('a push is accepted, without delay, when the page is not there', async () => {
  await dashboard.stop();
  await commit('one', 'Begin');
  const { seconds } = await git('-C', 'clone', 'push', '--quiet', '../server.git', 'HEAD:main');
  expect(seconds).toBeLessThan(4);
  await dashboard.restart();
});
