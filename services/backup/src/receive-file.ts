import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Receives a number of bytes into a file. A number, because the end of standard input doesn't reach a pod by every
 * version of the protocol of `exec`.
 * @throws Error if there are fewer
 */
export async function receiveFile(
  input: Readable,
  bytes: number,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  let missing = bytes;
  async function* take(): AsyncGenerator<Buffer> {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      yield chunk.subarray(0, missing);
      missing -= Math.min(missing, chunk.length);
      if (missing === 0) return;
    }
  }
  await pipeline(take, createWriteStream(file, { mode: 0o600 }), { signal });
  if (missing > 0) throw new Error(`The archive broke off: ${missing} of ${bytes} bytes are missing.`);
}

/** Receives the first line. */
export async function receiveLine(input: Readable): Promise<string> {
  const lines = createInterface({ input });
  for await (const line of lines) return line;
  throw new Error('Standard input ended before its first line.');
}
