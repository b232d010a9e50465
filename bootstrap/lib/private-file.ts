import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

let written = 0;

/**
 * Writes a file that only its owner may read (mode 0600, folder 0700). A process killed meanwhile leaves the
 * old file or the new one, never a part.
 */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  written += 1;
  const unfinished = `${file}.${process.pid}-${written}.unfinished`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, file);
}
