import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Measured } from '../scale/measure-scale.ts';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { reportFigure } from '../support/figures.ts';
import { runCommand } from '../support/run-command.ts';

const COUNT = 3;
const SYNCED_WITHIN_SECONDS = 30;

/** `npm run scale` with a few Applications, in seconds. */
export function describeScale(cluster: ClusterUnderTest): void {
  const readMain = () => cluster.git('ls-remote', 'cluster', 'refs/heads/main');

  describe('generated Applications', () => {
    test('are Synced beside ours, follow a push, and leave nothing behind', async () => {
      const report = join(cluster.folder, 'scale.json');
      const before = await readMain();
      const args = ['--counts', String(COUNT), '--commits', 'one', 'all', '--runs', '1', '--report', report];
      const options = { cwd: cluster.clone, env: { ...cluster.env, CLUSTER: cluster.name }, isShown: true };
      await requireSuccess(runCommand('npm', ['run', '--silent', 'scale', '--', ...args], options));
      const [measured, ...others]: Measured[] = JSON.parse(await readFile(report, 'utf8'));
      expect(others).toEqual([]);
      expect(measured?.count).toBe(COUNT);
      reportFigure(`push to ${COUNT} new Applications Synced`, measured?.added.synced ?? Number.NaN);
      for (const touched of ['one', 'all'] as const) {
        const synced = measured?.touched[touched][0]?.synced ?? Number.NaN;
        reportFigure(`push to Synced, of a commit that touches ${touched} of ${COUNT}`, synced);
        expect(synced).toBeLessThan(SYNCED_WITHIN_SECONDS);
      }
      // Whoever pushes next has nothing to merge.
      expect(await readMain()).toBe(before);
      const left = await cluster.kubectl('get', 'deployments,configmaps', '-o', 'name');
      expect(left).not.toContain('generated-');
    });
  });
}
