import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { MachineWithoutNetwork } from '../support/machine-without-network.ts';
import { runCommand } from '../support/run-command.ts';

const MOVIE = { title: 'Moon', description: 'Nobody can call him' };
/** Programs that would fetch something. */
const FETCHING = /^\S+ INFO: \$ (\S*\/)?(go|npm|apt-get|mmdebstrap|docker (build|pull)) /m;

/**
 * A cluster on a machine that has no network, no Node and nothing of ours but one file. Nothing of it is shared with the
 * host, addresses and the container engine included.
 */
export function describeAirGap(cluster: ClusterUnderTest): void {
  const bundle = join(cluster.folder, 'orchestrator.bundle');
  const state: { machine?: MachineWithoutNetwork } = {};
  const machine = () => {
    if (!state.machine) throw new Error('There is no machine without a network.');
    return state.machine;
  };
  const orchestrate = (subcommand: string, ...args: string[]) => {
    const clone = join(machine().home, 'orchestrator');
    return machine().start('./orchestrator.sh', [subcommand, ...args, '--cluster', cluster.name], clone);
  };
  const run = async (program: string, ...args: string[]) =>
    (await requireSuccess(machine().run(program, args))).stdout;

  describe('without a network', () => {
    beforeAll(async () => {
      await cluster.prepare();
      state.machine = await MachineWithoutNetwork.start(join(cluster.folder, 'machine'));
    });
    afterAll(async () => {
      await state.machine?.[Symbol.asyncDispose]();
      await rm(join(cluster.folder, 'machine'), { recursive: true, force: true });
      await rm(bundle, { force: true });
    });

    test('`bundle` writes all that is needed into one file, and no secret', async () => {
      const made = await cluster.run('bundle', bundle);
      expect(made.stdout.trim().split('\n').at(-1)).toBe('bundle written');
      expect(made.exitCode).toBe(0);
      reportFigure('bundle', made.seconds);
      const again = await cluster.run('bundle', bundle);
      expect(again.exitCode).toBe(1);
      expect(again.stderr).toContain('is there already');
      expect(await cluster.git('status', '--porcelain')).toBe('');
    });

    test('the machine is alone', async () => {
      const addresses = await run('ip', '-brief', 'address');
      expect(addresses.trim().split('\n')).toHaveLength(1);
      expect(addresses).toMatch(/^lo /);
      expect(await run('ip', 'route')).toBe('');
      expect((await machine().run('docker', ['version'])).exitCode).not.toBe(0);
      expect(await readdir(machine().home)).toEqual([]);
    });

    test('the clone comes out of the bundle', async () => {
      const repository = join(machine().home, 'repository.bundle');
      await run('sh', '-c', `tar -xOf '${bundle}' repository.bundle > '${repository}'`);
      await run('git', 'clone', '--quiet', repository, 'orchestrator');
      const head = await run('git', '-C', 'orchestrator', 'rev-parse', 'HEAD');
      expect(head).toBe(await cluster.git('rev-parse', 'HEAD'));
    });

    test('`create --bundle` that is killed while it unpacks leaves nothing that the next one trips over', async () => {
      const create = orchestrate('create', '--bundle', bundle);
      await create.printed(/Unpack the bundle/);
      // Only the machine's own processes can be seen from there.
      await machine().run('pkill', ['--signal', 'KILL', '--full', 'cli.ts create']);
      expect((await create.result).stdout).not.toContain('cluster created');
    });

    test('`create --bundle` ends with a cluster', async () => {
      const { exitCode, stdout, seconds } = await orchestrate('create', '--bundle', bundle).result;
      expect(stdout.trim().split('\n').at(-1)).toBe('cluster created');
      expect(exitCode).toBe(0);
      reportFigure('create, without a network, from a bundle', seconds);
      const logs = join(machine().home, '.local', 'state', 'orchestrator', cluster.name);
      for (const log of await readdir(logs))
        if (log.endsWith('.log')) expect(await readFile(join(logs, log), 'utf8')).not.toMatch(FETCHING);
    });

    test('its nodes are Ready, and its components serve', async () => {
      const ready = ['wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=10s'];
      expect((await run('kubectl', ...ready)).trim().split('\n')).toHaveLength(2);
      const url = `http://${cluster.masterAddress}:3000/movies`;
      const json = ['--header', 'Content-Type: application/json', '--data', JSON.stringify(MOVIE)];
      await run('curl', '--fail', '--silent', '--show-error', ...json, url);
      expect(JSON.parse(await run('curl', '--fail', '--silent', url))).toMatchObject([MOVIE]);
    });

    test('`git push` deploys', async () => {
      const clone = join(machine().home, 'orchestrator');
      const message = 'Deployed in the basement';
      const config = join(clone, 'apps', 'api-gateway', 'config.env');
      await run('sed', '-i', `s/^WELCOME_MESSAGE=.*/WELCOME_MESSAGE=${message}/`, config);
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
      await run('git', '-C', clone, ...identity, 'commit', '--quiet', '--all', '--message', message);
      await run('git', '-C', clone, 'push', '--quiet', 'cluster', 'HEAD:main');
      const { seconds } = await eventually({ description: 'the new message', timeoutMs: 120_000 }, async () =>
        (await run('curl', '--silent', `http://${cluster.masterAddress}:3000/`)).includes(message),
      );
      reportFigure('a push, without a network, until it is served', seconds);
    });

    test('`create`, made again, needs no bundle and no network', async () => {
      const { exitCode, stdout, stderr } = await orchestrate('create').result;
      expect(stderr).toBe('');
      expect(stdout).toContain('cluster created');
      expect(exitCode).toBe(0);
    });

    test('the host knows nothing of it', async () => {
      const containers = await runCommand('docker', ['ps', '--all', '--format', '{{.Names}}']);
      expect(containers.stdout).not.toContain(`orchestrator-${cluster.name}-`);
    });
  });
}
