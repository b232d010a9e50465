import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type MessageRecord, parseRecord } from './message-record.ts';

/**
 * Reads the messages of an archive.
 * @param file lines that formatRecord wrote, compressed by gzip
 * @throws Error for a file that is no such
 */
export async function readRecords(file: string): Promise<MessageRecord[]> {
  const records: MessageRecord[] = [];
  const add = (line: string) => {
    if (line !== '') records.push(parseRecord(line));
  };
  await pipeline(createReadStream(file), createGunzip(), async (input) => {
    input.setEncoding('utf8');
    let rest = '';
    // Not by readline, whose lines end at U+2028 as well: JSON has it in the midst of a text.
    for await (const chunk of input as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) add(line);
    }
    add(rest);
  });
  return records;
}
