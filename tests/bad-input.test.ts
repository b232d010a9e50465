import { readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterUnderTest, requireSuccess } from './support/cluster-under-test.ts';
import { type CommandResult, runCommand, startCommand } from './support/run-command.ts';

// This cluster is never made: everything here is refused, or fails, before there is a machine.
const cluster = new ClusterUnderTest('never', '192.168.58');

beforeAll(async () => await cluster.prepare());

/** What every refusal and failure has in common. */
function expectFailure(result: CommandResult, message: RegExp): void {
  expect(result.stderr).toMatch(message);
  expect(result.exitCode).toBe(1);
  expect(result.stdout).not.toContain('cluster created');
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
}

describe('the command line', () => {
  test('refuses an unknown subcommand, with what was perhaps meant', async () => {
    const result = await runCommand('./orchestrator.sh', ['craete'], {
      cwd: cluster.clone,
      env: cluster.env,
    });
    expectFailure(result, /unknown command 'craete'\s+\(Did you mean create\?\)/);
  });

  test('refuses an unknown option', async () => {
    expectFailure(await cluster.run('create', '--fast'), /unknown option '--fast'/);
  });

  test('refuses a cluster that is not described, with those that are', async () => {
    const args = ['create', '--cluster', 'nowhere'];
    const result = await runCommand('./orchestrator.sh', args, { cwd: cluster.clone, env: cluster.env });
    expectFailure(result, /There is no cluster `nowhere`[\s\S]*next: Clusters here: [\s\S]*local/);
  });

  test('refuses a name that would lead out of clusters/', async () => {
    const args = ['status', '--cluster', '../../etc'];
    const result = await runCommand('./orchestrator.sh', args, { cwd: cluster.clone, env: cluster.env });
    expectFailure(result, /`..\/..\/etc` is no name of a cluster/);
  });

  test('refuses access to a fork where there is none', async () => {
    const result = await cluster.runWithInput('ghp_token\n', 'git-access', 'token', '--file', '-');
    expectFailure(result, /follows its own git server[\s\S]*next: .*git\.source/);
    expect(`${result.stdout}${result.stderr}`).not.toContain('ghp_token');
  });

  test('prints a stack trace only with --verbose', async () => {
    const args = ['status', '--cluster', 'nowhere', '--verbose'];
    const result = await runCommand('./orchestrator.sh', args, { cwd: cluster.clone, env: cluster.env });
    expect(result.stderr).toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });
});

describe('cluster.yaml', () => {
  test('with an unknown key is refused, with the line', async () => {
    await cluster.writeSettings((settings) => ({ ...settings, kubernets: {} }));
    expectFailure(
      await cluster.run('create'),
      /clusters\/never\/cluster\.yaml:\d+: kubernets is not a known key/,
    );
  });

  test('that is no YAML is refused, with the line', async () => {
    await writeFile(join(cluster.clone, 'clusters', cluster.name, 'cluster.yaml'), 'machines: {\n');
    expectFailure(await cluster.run('create'), /clusters\/never\/cluster\.yaml:\d+: /);
  });

  afterAll(async () => await cluster.writeSettings((settings) => settings));
});

describe('an address that is taken', () => {
  const address = `${cluster.agentAddress}/32`;
  beforeAll(
    async () => void (await requireSuccess(runCommand('ip', ['address', 'add', address, 'dev', 'lo']))),
  );
  afterAll(
    async () => void (await requireSuccess(runCommand('ip', ['address', 'delete', address, 'dev', 'lo']))),
  );

  test('is named, with who has it, and nothing is changed', async () => {
    const result = await cluster.run('create');
    expectFailure(result, /192\.168\.58\.11 is taken: this host's interface lo has it/);
    expect(result.stderr).toContain('nothing has been changed');
    expect(await cluster.git('status', '--porcelain')).toBe('');
  });
});

describe('with an empty cache', () => {
  const cache = join(cluster.folder, 'cache');
  // What is compiled stays known to Go, so that a test that builds twice takes a minute, not twenty.
  const goCache = join(homedir(), '.cache', 'go-build');
  const createIn = (env: NodeJS.ProcessEnv, program: string, ...args: string[]) =>
    startCommand(program, [...args, './orchestrator.sh', 'create', '--cluster', cluster.name], {
      cwd: cluster.clone,
      env: { ...cluster.env, XDG_CACHE_HOME: cache, GOCACHE: goCache, ...env },
      isShown: true,
    });

  test('a create that is interrupted says so; what it needs of this machine is there by then', async () => {
    const create = createIn({}, 'env');
    await create.printed(/✔ Check this machine/);
    create.child.kill('SIGINT');
    const { exitCode, stderr } = await create.result;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('interrupted');
  });

  test('no network at all is a clear message, and nothing is lost', async () => {
    const result = await createIn({ GOMODCACHE: join(cluster.folder, 'modules') }, 'unshare', '--net').result;
    expectFailure(result, /next: Something has to be downloaded/);
    expect(await cluster.git('status', '--porcelain')).toBe('');
  });

  test('a disk that gets full is a clear message, leaves no half artifact, and room mends it', async () => {
    await rm(cache, { recursive: true, force: true });
    await requireSuccess(runCommand('mkdir', ['--parents', cache]));
    await requireSuccess(runCommand('mount', ['-t', 'tmpfs', '-o', 'size=30g', 'tmpfs', cache]));
    try {
      const create = createIn({}, 'env');
      await create.printed(/❯ Build K3s/);
      await requireSuccess(runCommand('mount', ['-o', 'remount,size=1m', cache]));
      expectFailure(await create.result, /next: The disk is full/);
      expect((await statfs(cache)).blocks).toBeGreaterThan(0);
      const artifacts = await readdir(join(cache, 'orchestrator', 'engine')).catch(() => []);
      expect(artifacts).toEqual([]);

      await requireSuccess(runCommand('mount', ['-o', 'remount,size=30g', cache]));
      const again = createIn({}, 'env');
      await again.printed(/✔ Build K3s/);
      again.child.kill('SIGINT');
      await again.result;
    } finally {
      await requireSuccess(runCommand('umount', ['--lazy', cache]));
    }
  });
});

test('what failed is in a log that the message names', async () => {
  const [log] = (await readdir(cluster.logFolder)).filter((name) => name.endsWith('-create.log'));
  expect(await readFile(join(cluster.logFolder, log ?? ''), 'utf8')).toMatch(/ERROR/);
});
