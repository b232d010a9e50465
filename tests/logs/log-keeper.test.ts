import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readLogs } from '../../bootstrap/observability/read-logs.ts';
import { eventually } from '../support/eventually.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { startCommand } from '../support/run-command.ts';
import { BUILD_TIMEOUT_MS, type LogStore, provideLogPrograms, startLogStore } from './start-log-store.ts';

const KEEPER = join(import.meta.dirname, '..', '..', 'services', 'log-keeper', 'keep-logs');
const MIB = 1024 * 1024;
const LINES = 100;
/** Of bytes that take one or two each, so a hundred lines take a bit more than 1 MiB. */
const LINE_BYTES = 8192;
/** As in a cluster, but in seconds. */
const QUICKLY = { compaction_interval: '3s', retention_delete_delay: '1s' };
const MINUTE_NS = 60_000_000_000n;

let programs: Awaited<ReturnType<typeof provideLogPrograms>>;
beforeAll(async () => {
  programs = await provideLogPrograms();
}, BUILD_TIMEOUT_MS);

/** Gives Loki a bit more than 1 MiB of lines that can't be compressed, and has it write them to its folder. */
async function log({ url }: LogStore, text: string): Promise<void> {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const values = Array.from({ length: LINES }, (_, index) => [
    `${startNs + BigInt(index)}`,
    `${text} ${randomBytes(LINE_BYTES).toString('latin1').replaceAll('\0', ' ')}`,
  ]);
  const body = JSON.stringify({ streams: [{ stream: { service_name: 'test' }, values }] });
  const headers = { 'Content-Type': 'application/json' };
  const pushed = await fetch(`${url}/loki/api/v1/push`, { method: 'POST', headers, body });
  expect(`${pushed.status} ${await pushed.text()}`).toBe('204 ');
  expect((await fetch(`${url}/flush`, { method: 'POST' })).ok).toBe(true);
}

async function sizeOfChunks({ folder }: LogStore): Promise<number> {
  const entries = await readdir(join(folder, 'data', 'chunks'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** How many lines there are of each text. */
async function count({ ask }: LogStore): Promise<Record<string, number>> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const counts: Record<string, number> = {};
  const span = { fromNs: now - 10n * MINUTE_NS, toNs: now };
  for await (const { text } of readLogs(ask, { component: 'test' }, span)) {
    const [word = ''] = text.split(' ');
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

/**
 * Lets time pass for Loki: what it does of its index every quarter of an hour, it does at its end as well; and what is
 * among the chunks by then, it keeps nowhere else for long.
 */
async function passTime(store: LogStore): Promise<LogStore> {
  await store.end('SIGTERM');
  for (const part of ['wal', 'tsdb-shipper-active', 'tsdb-shipper-cache'])
    await rm(join(store.folder, 'data', part), { recursive: true });
  return await startLogStore(programs.loki, store.folder, {
    compactor: QUICKLY,
    port: Number(new URL(store.url).port),
  });
}

function startKeeper({ url, folder }: LogStore, signOfLife: string) {
  const keeper = startCommand(KEEPER, [], {
    env: {
      // biome-ignore lint/style/noProcessEnv: handed on to the program under test
      PATH: process.env.PATH,
      KEEP_MIB: '2',
      LOKI_URL: url,
      LOKI_FOLDER: join(folder, 'data'),
      PERIOD_S: '1',
      SIGN_OF_LIFE: signOfLife,
    },
  });
  onTestFinished(() => void keeper.child.kill('SIGKILL'));
  return keeper;
}

test('the oldest logs go when all take more than they may, and the newest stay', async () => {
  const folder = await makeTemporaryFolder('log-keeper-');
  const signOfLife = join(folder, 'sign-of-life');
  const first = await startLogStore(programs.loki, folder, { compactor: QUICKLY });
  await log(first, 'old');
  const second = await passTime(first);
  expect(await sizeOfChunks(second)).toBeGreaterThan(MIB);
  // As long as all is within the size, nothing is asked for.
  const early = startKeeper(second, signOfLife);
  await pause(5000);
  early.child.kill('SIGTERM');
  expect(await early.result).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await count(second)).toEqual({ old: LINES });

  await log(second, 'new');
  const third = await passTime(second);
  const keeper = startKeeper(third, signOfLife);
  await keeper.printed(/are deleted/);
  await eventually({ description: 'chunks of less than 2 MiB', timeoutMs: 200_000 }, async () => {
    return (await sizeOfChunks(third)) < 2 * MIB;
  });
  // In a cluster, a chunk goes when nobody has the index that names it any more; here, after a second.
  expect(await count(await passTime(third))).toEqual({ new: LINES });
  expect((await stat(signOfLife)).isFile()).toBe(true);
}, 400_000);
