import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { startLoad } from '../support/steady-load.ts';

/** One of the links that the gateway answers with at `/`; another is put before it. */
const LINK = /(release: '[^']*',\n\s*)?movies: '\/api\/movies',/;
const LOAD = { clients: 2, pauseMs: 20, maximumMs: 300_000 };

/** Releasing a service from the clone, and rolling it back by git. */
export function describeRelease(cluster: ClusterUnderTest): void {
  const gateway = `http://${cluster.masterAddress}:3000/`;
  const source = join(cluster.clone, 'services', 'api-gateway', 'src', 'app.ts');
  const overlay = join(cluster.clone, 'clusters', cluster.name, 'apps', 'api-gateway', 'kustomization.yaml');
  const readAnswer = async () => (await (await fetch(gateway)).json()) as { links: { release?: string } };
  const readTag = async () => parse(await readFile(overlay, 'utf8')).images[0].newTag as string;
  /** Changes the answer, and the test that compares it. */
  const changeAnswer = async (release: string) => {
    for (const file of [source, join(cluster.clone, 'services/api-gateway/src/gateway.test.ts')]) {
      const text = await readFile(file, 'utf8');
      expect(text).toMatch(LINK);
      await writeFile(file, text.replace(LINK, `release: '${release}',\n    movies: '/api/movies',`));
    }
  };
  const identify = async () => {
    await cluster.git('config', 'user.name', 'test');
    await cluster.git('config', 'user.email', 'test@localhost');
  };
  /** Does something under load until the answer is another and the old pods have ended. */
  const deployUnderLoad = async (release: string | undefined, deploy: () => Promise<unknown>) => {
    const load = startLoad(gateway, LOAD);
    const startedAtMs = performance.now();
    await deploy();
    await eventually(
      { description: `the answer of ${release}`, timeoutMs: 60_000, intervalMs: 50 },
      async () => (await readAnswer()).links.release === release,
    );
    const seconds = (performance.now() - startedAtMs) / 1000;
    await cluster.kubectl('rollout', 'status', 'deployment/api-gateway', '--timeout=60s');
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(50);
    return seconds;
  };

  describe('a release', () => {
    test('of a service that there is not is refused with those there are', async () => {
      const { exitCode, stderr } = await cluster.run('release', 'gateway');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/no service `gateway`[\s\S]*next: Services: api-gateway, .*rabbitmq/);
    });

    test('of what is deployed already does nothing', async () => {
      const head = await cluster.git('rev-parse', 'HEAD');
      const { exitCode, stdout, seconds } = await cluster.run('release', 'api-gateway');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('nothing to release: api-gateway');
      expect(await cluster.git('rev-parse', 'HEAD')).toBe(head);
      reportFigure('release of nothing', seconds);
    });

    test('whose tests fail is no release', async () => {
      await identify();
      const head = await cluster.git('rev-parse', 'HEAD');
      // The tests, which stay as they are, know better.
      await writeFile(source, (await readFile(source, 'utf8')).replace("'/api/movies'", "'/api/films'"));
      const { exitCode, stderr } = await cluster.run('release', 'api-gateway');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('The tests fail, and nothing is released.');
      expect(await cluster.git('rev-parse', 'HEAD')).toBe(head);
      await cluster.git('checkout', '--', 'services');
      expect(await cluster.git('status', '--porcelain')).toBe('');
    });

    test('that is killed is finished by the next', async () => {
      await changeAnswer('killed');
      const killed = cluster.start('release', 'api-gateway', '--no-tests');
      await killed.printed(/✔ (Load into )?(master|agent)/);
      killed.child.kill('SIGKILL');
      await killed.result;
      const { exitCode, stdout } = await cluster.run('release', 'api-gateway', '--no-tests');
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`api-gateway ${await readTag()} is in git, and on master and agent`);
      expect(await cluster.git('status', '--porcelain')).toBe('');
      await cluster.git('reset', '--hard', 'HEAD~1');
    });

    test.each([
      ['with its quick tests', 'one', []],
      ['without tests', 'two', ['--no-tests']],
    ])('is live after a push, %s, and no request fails', async (how, release, options) => {
      const before = await readTag();
      await changeAnswer(release);
      const seconds = await deployUnderLoad(release, async () => {
        await requireSuccess(cluster.run('release', 'api-gateway', ...options));
        await cluster.push();
      });
      reportFigure(`release of api-gateway ${how}, and push, to the new answer`, seconds);
      expect(await readTag()).not.toBe(before);
      const files = (await cluster.git('show', '--name-only', '--format=', 'HEAD')).trim().split('\n');
      expect(files.toSorted()).toEqual([
        `clusters/${cluster.name}/apps/api-gateway/kustomization.yaml`,
        'services/api-gateway/src/app.ts',
        'services/api-gateway/src/gateway.test.ts',
      ]);
    });

    test.each([
      ['the second', 'one'],
      ['the first', undefined],
    ])('is rolled back by git revert and a push: %s, and no request fails', async (_, release) => {
      const commit = release === undefined ? 'HEAD~2' : 'HEAD';
      const seconds = await deployUnderLoad(release, async () => {
        await cluster.git('revert', '--no-edit', commit);
        await cluster.push();
      });
      reportFigure('git revert of a release, and push, to the old answer', seconds);
      const { stdout } = await cluster.run('release', 'api-gateway');
      expect(stdout).toContain('nothing to release');
    });
  });
}
