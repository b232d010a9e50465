import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectKubernetes } from '../../bootstrap/lib/kubernetes.ts';
import { once } from '../../bootstrap/lib/once.ts';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { median, reportFigure } from '../support/figures.ts';
import { measurePush } from '../support/push-to-synced.ts';
import { startLoad } from '../support/steady-load.ts';

/** What the product promises of a push, in milliseconds from its beginning. */
const SYNCED_WITHIN_MS = 3000;
const LIVE_WITHIN_MS = 8000;
const REPAIRED_WITHIN_MS = 10_000;

/** Deploying by `git push cluster main`, and what Argo CD does about changes that don't come from git. */
export function describeDeploy(cluster: ClusterUnderTest): void {
  const gateway = `http://${cluster.masterAddress}:3000/`;
  const overlay = () =>
    join(cluster.clone, 'clusters', cluster.name, 'apps', 'api-gateway', 'kustomization.yaml');
  const setMessage = async (message: string) => {
    const file = join(cluster.clone, 'apps', 'api-gateway', 'config.env');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/WELCOME_MESSAGE=.*/, `WELCOME_MESSAGE=${message}`));
  };
  const isLive = async (message: string) => (await (await fetch(gateway)).text()).includes(message);
  const argoCd = once(async () =>
    connectKubernetes(await readFile(join(cluster.dataFolder, 'kubeconfig.yaml'), 'utf8')),
  );

  const readSync = async (field: string) => {
    const path = `jsonpath={.status.${field}}`;
    return await cluster.kubectl('-n', 'argocd', 'get', 'application', 'api-gateway', '-o', path);
  };
  const measured = { synced: [] as number[], live: [] as number[] };

  describe('a push', () => {
    test.each([1, 2, 3])('of another environment value is live, and no request fails (%i)', async (run) => {
      const message = `hello ${run} at ${Date.now()}`;
      await setMessage(message);
      const revision = await cluster.commitAll(message);
      const load = startLoad(gateway, { clients: 2, pauseMs: 20, maximumMs: 60_000 });
      const client = await argoCd();
      let printed = '';
      const [{ synced }, live] = await Promise.all([
        measurePush(client, {
          applications: ['api-gateway'],
          revision,
          timeoutMs: 30_000,
          push: async () => {
            printed = await cluster.push();
          },
        }),
        eventually({ description: 'the new answer', timeoutMs: 30_000, intervalMs: 50 }, () =>
          isLive(message),
        ),
      ]);
      // The old pod is still ending when the new one answers.
      await cluster.kubectl('rollout', 'status', 'deployment/api-gateway', '--timeout=60s');
      await eventually({ description: 'the end of the old pods', timeoutMs: 60_000 }, async () => {
        // There may be more than one: the load of a chapter before scales them.
        const path = '{range .items[*]}{.metadata.labels.pod-template-hash}{"\\n"}{end}';
        const selector = ['-l', 'app.kubernetes.io/name=api-gateway'];
        const hashes = await cluster.kubectl('get', 'pods', ...selector, '-o', `jsonpath=${path}`);
        return new Set(hashes.trim().split('\n')).size === 1;
      });
      await load.stop();
      reportFigure('push to Synced', synced);
      reportFigure('push to the new answer', live.seconds);
      expect(printed).toContain('Argo CD knows: main');
      expect(load.failures).toEqual([]);
      expect(load.answered).toBeGreaterThan(50);
      measured.synced.push(synced * 1000);
      measured.live.push(live.seconds * 1000);
    });

    test('is synced and live as fast as promised', () => {
      expect(median(measured.synced)).toBeLessThan(SYNCED_WITHIN_MS);
      expect(median(measured.live)).toBeLessThan(LIVE_WITHIN_MS);
    });

    test('that can’t be applied does no harm, and one that repairs it is live at once', async () => {
      const good = await readFile(overlay(), 'utf8');
      const broken =
        'patches:\n  - patch: |-\n      - op: replace\n        path: /spec/template/spec/containers/0/ports\n        value: [{name: far-too-long-for-the-name-of-a-port, containerPort: 99999}]\n    target:\n      kind: Deployment\n';
      await writeFile(overlay(), `${good}${broken}`);
      await cluster.commitAll('Break it');
      await cluster.push();
      await eventually({ description: 'a sync that fails', timeoutMs: 60_000 }, async () => {
        const message = await readSync('operationState.message');
        return /invalid|must be/i.test(message) && message;
      });
      expect((await fetch(gateway)).status).toBe(200);
      expect((await cluster.run('status')).stdout).toMatch(/^api-gateway: .*far-too-long/m);
      // Long enough that a backoff has grown.
      await eventually({ description: 'several retries', timeoutMs: 60_000 }, async () => {
        const retries = await readSync('operationState.retryCount');
        return Number(retries) >= 4;
      });
      const message = `repaired at ${Date.now()}`;
      await writeFile(overlay(), good);
      await setMessage(message);
      await cluster.commitAll('Repair it');
      const [, live] = await Promise.all([
        cluster.push(),
        eventually({ description: 'the repair', timeoutMs: 60_000, intervalMs: 50 }, () => isLive(message)),
      ]);
      reportFigure('repair to its answer', live.seconds);
      expect(live.seconds * 1000).toBeLessThan(REPAIRED_WITHIN_MS);
    });

    test('is refused with the password of the user who may only read', async () => {
      const access = JSON.parse(await readFile(join(cluster.dataFolder, 'git-access.json'), 'utf8'));
      const ask = cluster.askGitServer.bind(cluster);
      expect(await ask('argocd', access.readPassword, 'git-upload-pack')).toBe(200);
      expect(await ask('argocd', access.readPassword, 'git-receive-pack')).toBe(401);
      expect(await ask('developer', access.pushPassword, 'git-receive-pack')).toBe(200);
      expect(await ask('developer', 'wrong', 'git-upload-pack')).toBe(401);
    });
  });

  describe('Argo CD', () => {
    test('brings back a Deployment that was deleted by hand', async () => {
      await cluster.kubectl('delete', 'deployment', 'api-gateway', '--wait=true');
      const { seconds } = await eventually(
        { description: 'the Deployment, and an answer', timeoutMs: 60_000 },
        async () => {
          await cluster.kubectl('rollout', 'status', 'deployment/api-gateway', '--timeout=30s');
          return (await fetch(gateway)).ok;
        },
      );
      reportFigure('deletion by hand to the answer of what was healed', seconds);
    });

    test('refuses what its projects don’t allow', async () => {
      const project = await cluster.kubectl('-n', 'argocd', 'get', 'appproject', 'components', '-o', 'json');
      const { spec } = JSON.parse(project);
      expect(spec.sourceRepos).toEqual(['https://git-server.git.svc.cluster.local:8443/git/cluster.git']);
      expect(spec.destinations.map((one: { namespace: string }) => one.namespace)).toEqual(['git', 'movies']);
    });
  });
}
