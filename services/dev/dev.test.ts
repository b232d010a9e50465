import { once } from 'node:events';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../tests/support/eventually.ts';
import { type RunningCommand, runCommand, startCommand } from '../../tests/support/run-command.ts';
import { freePort } from '../backends/free-port.ts';
import { choosePort } from './choose-port.ts';
import { copyClone } from './copy-clone.ts';
import { dataFolder } from './data-folder.ts';

let clone: string;

beforeAll(async () => {
  clone = await copyClone(join(import.meta.dirname, '..', '..'));
});

afterAll(async () => {
  await rm(dataFolder(clone), { recursive: true, force: true });
  await rm(clone, { recursive: true, force: true });
});

function start(): RunningCommand {
  // biome-ignore lint/style/noProcessEnv: programs are looked for where the user's shell would
  const env = { ...process.env, NO_COLOR: '1' };
  return startCommand(process.execPath, [join(clone, 'services', 'dev', 'main.ts')], { cwd: clone, env });
}

interface Process {
  pid: number;
  parent: number;
}

/** @returns all processes of this machine, without those that have ended and wait for their parent to ask how */
async function listProcesses(): Promise<Process[]> {
  const { stdout } = await runCommand('ps', ['-eo', 'pid=,ppid=,stat=']);
  const rows = stdout.trim().split('\n');
  const processes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'));
  return processes.map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

/** @returns the ids of a process and of all below it */
async function processesBelow(root: number): Promise<Set<number>> {
  const processes = await listProcesses();
  const below = new Set([root]);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  return below;
}

/** @returns those that still run */
async function survivors(ids: ReadonlySet<number>): Promise<number[]> {
  return (await listProcesses()).map(({ pid }) => pid).filter((pid) => ids.has(pid));
}

describe('npm run dev', () => {
  test('gets ready, does what its commands say, starts a changed service again, and leaves no process', async () => {
    const dev = start();
    let output = '';
    dev.child.stdout?.on('data', (text: string) => {
      output += text;
    });
    await dev.printed(/Ctrl-C ends all/);
    const commands = output.split('\n').filter((line) => line.startsWith('curl '));
    expect(commands).toHaveLength(3);
    const answers: string[] = [];
    for (const command of commands) {
      answers.push((await runCommand('bash', ['-c', `${command} --silent --show-error --fail`])).stdout);
    }
    expect(answers).toEqual([
      expect.stringContaining('"title":"TOP GUN"'),
      expect.stringContaining('"title":"TOP GUN"'),
      expect.stringContaining('"status":"accepted"'),
    ]);

    const listening = () => output.match(/inventory-app │ .*listening/g)?.length ?? 0;
    expect(listening()).toBe(1);
    const changed = join(clone, 'services', 'service-contracts', 'src', 'movie.ts');
    await eventually({ description: 'a restart', timeoutMs: 30_000, intervalMs: 2000 }, async () => {
      await appendFile(changed, '\n');
      return listening() > 1;
    });

    const processes = await processesBelow(dev.child.pid ?? 0);
    expect(processes.size).toBeGreaterThan(5);
    dev.child.kill('SIGINT');
    expect((await dev.result).exitCode).toBe(0);
    expect(await survivors(processes)).toEqual([]);
  }, 120_000);

  test('says which service does not start, and why, and leaves no process', async () => {
    const file = join(clone, 'services', 'billing-app', 'src', 'main.ts');
    const source = await readFile(file, 'utf8');
    await writeFile(file, `throw new Error('broken on purpose');\n${source}`);
    const dev = start();
    await dev.printed(/broken on purpose/);
    const processes = await processesBelow(dev.child.pid ?? 0);
    const { exitCode, stdout, stderr } = await dev.result;
    await writeFile(file, source);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('Error: broken on purpose');
    expect(stderr).toContain('billing-app did not start');
    expect(await survivors(processes)).toEqual([]);
  }, 120_000);

  test('ends on SIGTERM before it is ready', async () => {
    const dev = start();
    const { child } = dev;
    await eventually({ description: 'the first process', timeoutMs: 30_000 }, async () => {
      return (await processesBelow(child.pid ?? 0)).size > 1;
    });
    const processes = await processesBelow(child.pid ?? 0);
    child.kill('SIGTERM');

    expect(await dev.result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await survivors(processes)).toEqual([]);
  }, 120_000);
});

test('port that is taken is replaced by a free one, and told', async () => {
  const free = await freePort();
  expect(await choosePort(free)).toEqual({ port: free });

  const server = createServer().listen(free, '127.0.0.1');
  await once(server, 'listening');
  const chosen = await choosePort(free);
  server.close();

  expect(chosen).toMatchObject({ taken: free });
  expect(chosen.port).not.toBe(free);
});
