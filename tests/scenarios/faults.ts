import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULT_ALERTS } from '../faults/alerts/fault-alerts.ts';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { reportFigure } from '../support/figures.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { runCommand } from '../support/run-command.ts';

/** Those that take seconds: enough to see that the suite itself works. All of them: `npm run test:faults`. */
const QUICK = ['kill-leader', 'kill-kubelet', 'delete-deployments'];

/** Faults under load, by the command that people run. */
export function describeFaults(cluster: ClusterUnderTest): void {
  const runFaults = async (...args: string[]) =>
    await runCommand(process.execPath, ['tests/faults/main.ts', '--cluster', cluster.name, ...args], {
      cwd: cluster.clone,
      env: cluster.env,
      isShown: true,
    });

  describe('test:faults', () => {
    test('breaks the cluster, and sees that it mends itself and loses nothing', async () => {
      const report = join(await makeTemporaryFolder('faults-'), 'report.md');
      const { stdout, stderr, exitCode } = await runFaults('--only', ...QUICK, '--report', report);
      expect(`${stdout}${stderr}\nexit code ${exitCode}`).toMatch(/exit code 0$/);
      const { runs } = JSON.parse(await readFile(report.replace('.md', '.json'), 'utf8'));
      for (const name of QUICK) {
        const [outcome] = runs.find((one: { name: string }) => one.name === name).runs;
        expect(outcome.movies).toMatchObject({ lost: [], duplicated: [] });
        expect(outcome.orders).toMatchObject({ lost: [], duplicated: [] });
        expect(outcome.orders.acknowledged).toBeGreaterThan(10);
      }
      for (const name of QUICK) {
        const { alert } = runs.find((one: { name: string }) => one.name === name).runs[0];
        expect(alert.name).toBe(FAULT_ALERTS[name]);
        reportFigure(`${name} until ${alert.name} fires`, alert.seconds);
      }
      expect(await readFile(report, 'utf8')).toContain(`${QUICK.length} passed, 0 failed, 0 not run`);
    });

    test('refuses a fault that there is not, and a number of runs without bound', async () => {
      for (const args of [
        ['--only', 'everything'],
        ['--runs', '1000'],
      ]) {
        const { exitCode, stderr } = await runFaults(...args);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/is invalid/);
      }
    });
  });
}
