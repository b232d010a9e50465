import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import type { ClusterSettings } from '../../bootstrap/settings/cluster-settings.ts';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { MachineWithoutNetwork } from '../support/machine-without-network.ts';
import { runCommand } from '../support/run-command.ts';

const MOVIE = { title: 'Moon', description: 'Nobody can call him' };
/** Programs that would fetch something. */
const FETCHING = /^\S+ INFO: \$ (\S*\/)?(go|npm|apt-get|mmdebstrap|docker (build|pull)) /m;
/** What may be in a bundle. */
const PARTS =
  /^(bundle\.json|repository\.bundle|node_modules\/[\w.-]+\.tar\.gz(\.sha256)?|artifacts\/[\w.-]+\/[\w.+-]+\.tar\.zst|images\.tar\.zst)$/;

/** One machine is enough to show what comes from where, and takes half the time and disk. */
function onOneMachine(settings: ClusterSettings): ClusterSettings {
  const machines = { ...settings.machines, agents: [] };
  return { ...settings, machines, replicas: { databases: 1, brokers: 1 } };
}

/**
 * A cluster on a machine that has no network, no Node and nothing of ours but one file. Nothing of it is shared with the
 * host, addresses and the container engine included.
 */
export function describeAirGap(cluster: ClusterUnderTest): void {
  const folder = join(cluster.folder, 'machine');
  const logFolder = join(cluster.folder, 'state', 'machine');
  const bundle = join(cluster.folder, 'orchestrator.bundle');
  const state: { machine?: MachineWithoutNetwork; isCreated: boolean } = { isCreated: false };
  const machine = () => {
    if (!state.machine) throw new Error('There is no machine without a network.');
    return state.machine;
  };
  const clone = () => join(machine().home, 'orchestrator');
  const orchestrate = (subcommand: string, ...args: string[]) => {
    const all = [subcommand, ...args, '--cluster', cluster.name];
    return machine().start('./orchestrator.sh', all, { folder: clone(), isShown: true });
  };
  const run = async (program: string, ...args: string[]) =>
    (await requireSuccess(machine().run(program, args))).stdout;

  beforeAll(async () => {
    await cluster.prepare();
    await cluster.writeSettings(onOneMachine);
    await cluster.commitAll('Have one machine');
    state.machine = await MachineWithoutNetwork.start(folder, logFolder);
  });
  beforeEach(() => onTestFailed(() => cluster.saveDiagnostics((args) => machine().run('kubectl', args))));
  afterAll(async () => {
    await state.machine?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await rm(bundle, { force: true });
  });

  describe('a bundle', () => {
    test('has all that is needed in one file', async () => {
      const made = await cluster.run('bundle', bundle);
      expect(made.stdout.trim().split('\n').at(-1)).toBe('bundle written');
      expect(made.exitCode).toBe(0);
      reportFigure('bundle', made.seconds);
      const listed = await requireSuccess(runCommand('tar', ['-tf', bundle]));
      for (const name of listed.stdout.trim().split('\n')) expect(name).toMatch(PARTS);
      expect(await cluster.git('status', '--porcelain')).toBe('');
    });

    test('never takes the place of a file that is there', async () => {
      const { exitCode, stderr } = await cluster.run('bundle', bundle);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('is there already');
    });
  });

  describe('a machine without a network', () => {
    test('is alone, and has only what it takes', async () => {
      const addresses = await run('ip', '-brief', 'address', 'show', 'up');
      expect(addresses.trim().split('\n')).toHaveLength(1);
      expect(addresses).toMatch(/^lo /);
      expect(await run('ip', 'route')).toBe('');
      expect((await machine().run('docker', ['version'])).exitCode).not.toBe(0);
      for (const program of ['node', 'npm', 'go', 'mmdebstrap'])
        expect((await machine().run('sh', ['-c', `command -v ${program}`])).stdout).toBe('');
      expect(await readdir(machine().home)).toEqual([]);
    });

    test('gets its clone out of the bundle', async () => {
      const repository = join(machine().home, 'repository.bundle');
      await run('sh', '-c', `tar -xOf '${bundle}' repository.bundle > '${repository}'`);
      await run('git', 'clone', '--quiet', repository, clone());
      const head = await run('git', '-C', clone(), 'rev-parse', 'HEAD');
      expect(head).toBe(await cluster.git('rev-parse', 'HEAD'));
    });

    test('bears that `create --bundle` is killed while it unpacks', async () => {
      const create = orchestrate('create', '--bundle', bundle);
      await create.printed(/Unpack the bundle/);
      // Only the machine's own processes can be seen from there.
      await run('pkill', '--signal', 'KILL', '--full', 'cli.ts create');
      expect((await create.result).stdout).not.toContain('cluster created');
    });

    test('has a cluster when `create --bundle` ends', async () => {
      const { exitCode, stdout, seconds } = await orchestrate('create', '--bundle', bundle).result;
      expect(stdout.trim().split('\n').at(-1)).toBe('cluster created');
      expect(exitCode).toBe(0);
      state.isCreated = true;
      reportFigure('create, without a network, from a bundle', seconds);
    });
  });

  describe('a cluster without a network', () => {
    beforeEach((context) => context.skip(!state.isCreated, 'there is no cluster'));

    test('has its node Ready, and components that serve', async () => {
      const ready = ['wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=10s'];
      expect((await run('kubectl', ...ready)).trim().split('\n')).toHaveLength(1);
      const url = `http://${cluster.masterAddress}:3000/movies`;
      const json = ['--header', 'Content-Type: application/json', '--data', JSON.stringify(MOVIE)];
      await run('curl', '--fail', '--silent', '--show-error', ...json, url);
      expect(JSON.parse(await run('curl', '--fail', '--silent', url))).toMatchObject([MOVIE]);
    });

    test('deploys what is pushed', async () => {
      const message = 'Deployed in the basement';
      const config = join(clone(), 'apps', 'api-gateway', 'config.env');
      await run('sed', '-i', `s/^WELCOME_MESSAGE=.*/WELCOME_MESSAGE=${message}/`, config);
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
      await run('git', '-C', clone(), ...identity, 'commit', '--quiet', '--all', '--message', message);
      await run('git', '-C', clone(), 'push', '--quiet', 'cluster', 'HEAD:main');
      const { seconds } = await eventually({ description: 'the new message', timeoutMs: 120_000 }, async () =>
        (await run('curl', '--silent', `http://${cluster.masterAddress}:3000/`)).includes(message),
      );
      reportFigure('a push, without a network, until it is served', seconds);
    });

    test('is brought up to date by `create` alone', async () => {
      const { exitCode, stdout, stderr } = await orchestrate('create').result;
      expect(stderr).toBe('');
      expect(stdout).toContain('cluster created');
      expect(exitCode).toBe(0);
      // It fails where files go while it looks at them.
      const used = await machine().run('du', ['--summarize', '--block-size=1M', folder]);
      reportFigure('disk of a machine without a network', Number.parseInt(used.stdout, 10) / 1024, 'GiB');
    });

    test('was made by nothing that fetches', async () => {
      const logs = join(logFolder, 'orchestrator', cluster.name);
      const names = (await readdir(logs)).filter((name) => name.endsWith('-create.log'));
      expect(names).toHaveLength(3);
      for (const name of names) {
        const log = await readFile(join(logs, name), 'utf8');
        expect(log).toMatch(/^\S+ INFO: \$ (\S*\/)?docker /m);
        expect(log).not.toMatch(FETCHING);
      }
    });

    test('is nothing that the host knows of', async () => {
      const containers = await runCommand('docker', ['ps', '--all', '--format', '{{.Names}}']);
      expect(containers.stdout).not.toContain(`orchestrator-${cluster.name}-`);
    });

    test('goes without a trace', async () => {
      const { exitCode } = await orchestrate('destroy', '--no-keep-keys').result;
      expect(exitCode).toBe(0);
      expect(await run('docker', 'ps', '--all', '--quiet')).toBe('');
    });
  });
}
