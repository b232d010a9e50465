import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { reportFigure } from '../support/figures.ts';
import { type ProcessListRecorder, recordProcessLists } from '../support/process-list-recorder.ts';
import { runCommand } from '../support/run-command.ts';

/** What the chapters after this one need to know. */
export interface CreatedCluster {
  readonly isThere: () => boolean;
  /** What was seen in process lists while it was made. */
  readonly commandLines: () => ReadonlySet<string>;
}

/** A tar archive ends with two blocks of zeros; this one holds nothing before them. */
const EMPTY_ARCHIVE = '\0'.repeat(1024);

/** Makes the cluster, the hard way: killed, with a machine lost on the way, and once more for nothing. */
export function describeCreate(cluster: ClusterUnderTest): CreatedCluster {
  let isCreated = false;
  let recorder: ProcessListRecorder | undefined;
  describe('create', () => {
    beforeAll(async () => {
      await cluster.prepare();
      recorder = recordProcessLists();
    });
    afterAll(async () => await recorder?.stop());

    test('bears no other command meanwhile, and puts aside what earlier ones left behind', async () => {
      // What an engine that is killed leaves: a bridge that it forgets, and a container that Vagrant never knew.
      const bridge = 'br-0123456789ab';
      await requireSuccess(runCommand('ip', ['link', 'add', bridge, 'type', 'bridge']));
      const address = `${cluster.network}.1/24`;
      await requireSuccess(runCommand('ip', ['address', 'add', address, 'dev', bridge]));
      await requireSuccess(runCommand('ip', ['link', 'set', bridge, 'up']));
      const create = cluster.start('create');
      await create.printed(/✔ Check this machine/);
      expect((await runCommand('ip', ['link', 'show', bridge])).exitCode).not.toBe(0);
      const image = 'orchestrator/test-orphan:1';
      await requireSuccess(runCommand('docker', ['import', '-', image], { input: EMPTY_ARCHIVE }));
      const name = `orchestrator-${cluster.name}-master`;
      await requireSuccess(runCommand('docker', ['create', '--name', name, image, 'none']));
      const meanwhile = await cluster.run('stop');
      expect(meanwhile.exitCode).toBe(1);
      expect(meanwhile.stderr).toMatch(/`create` \(process \d+\) is at work on this cluster/);
      await create.printed(/✔ Start the machines/);
      create.child.kill('SIGINT');
      expect((await create.result).exitCode).toBe(130);
    });

    test('that is killed while it installs leaves nothing that the next one trips over', async () => {
      const create = cluster.start('create');
      await create.printed(/Install K3s/);
      create.child.kill('SIGKILL');
      expect((await create.result).stdout).not.toContain('cluster created');
    });

    test('says so when a machine dies meanwhile', async () => {
      const create = cluster.start('create');
      await create.printed(/❯ Install K3s/);
      await runCommand('docker', ['kill', `orchestrator-${cluster.name}-agent`]);
      const { exitCode, stderr } = await create.result;
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /The connection to the machine agent broke|not all machines run: agent is stopped/,
      );
      expect(stderr).toMatch(/next: .*[Rr]un the command again/);
    });

    test('ends with a cluster, and says where everything is', async () => {
      const { exitCode, stdout, seconds } = await cluster.run('create');
      expect(stdout).toContain(`http://${cluster.masterAddress}:3000`);
      expect(stdout).toContain('git push cluster main');
      expect(stdout.trim().split('\n').at(-1)).toBe('cluster created');
      expect(exitCode).toBe(0);
      isCreated = true;
      reportFigure('create, after being interrupted twice', seconds);
    });

    test('made again changes nothing', async () => {
      const before = await cluster.git('rev-parse', 'HEAD');
      const { exitCode, stdout, seconds } = await cluster.run('create');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('cluster created');
      expect(await cluster.git('rev-parse', 'HEAD')).toBe(before);
      expect(await cluster.git('status', '--porcelain')).toBe('');
      reportFigure('create of a cluster that is there', seconds);
    });

    test('commits nothing outside of the cluster’s own folder', async () => {
      const changed = await cluster.git('diff', '--name-only', 'origin/HEAD', 'HEAD', '--', 'clusters');
      const own = changed
        .trim()
        .split('\n')
        .filter((file) => file.startsWith(`clusters/${cluster.name}/`));
      expect(own.some((file) => file.includes('/secrets/'))).toBe(true);
      const authored = await cluster.git(
        'log',
        '--format=%H',
        '--grep',
        `Describe the cluster ${cluster.name}`,
      );
      for (const commit of authored.trim().split('\n')) {
        const files = (await cluster.git('show', '--name-only', '--format=', commit)).trim().split('\n');
        expect(files.filter((file) => !file.startsWith(`clusters/${cluster.name}/`))).toEqual([]);
      }
    });
  });
  return { isThere: () => isCreated, commandLines: () => recorder?.commandLines ?? new Set() };
}
