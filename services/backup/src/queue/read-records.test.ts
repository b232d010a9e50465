import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ConsumeMessage } from 'amqplib';
import { expect, onTestFinished, test } from 'vitest';
import { formatRecord } from './message-record.ts';
import { readRecords } from './read-records.ts';

async function write(content: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'records-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'messages.gz');
  await writeFile(file, content);
  return file;
}

const format = (messageId: string) =>
  formatRecord('billing_queue', {
    content: Buffer.from('{}'),
    properties: { messageId, headers: {} },
  } as ConsumeMessage);

test('messages are read as they were written, whatever is in their properties', async () => {
  const ids = ['plain', 'line\nend\r\n', 'line\u2028separator\u2029', 'é'.repeat(100_000), ''];
  const file = await write(gzipSync(ids.map((id) => `${format(id)}\n`).join('')));

  const records = await readRecords(file);

  expect(records.map(({ properties }) => properties.messageId)).toEqual(ids);
});

test('an archive without messages has none', async () => {
  expect(await readRecords(await write(gzipSync('')))).toEqual([]);
});

test('a file that was cut off is an error, not fewer messages', async () => {
  const whole = gzipSync(`${format('first')}\n`);

  await expect(readRecords(await write(whole.subarray(0, -9)))).rejects.toThrow('unexpected end of file');
});
