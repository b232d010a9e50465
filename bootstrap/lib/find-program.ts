import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * Every place where a program is found on PATH, first the one that a shell would start. The folders of
 * system programs are looked through too: an ordinary user's PATH on Debian lacks them.
 */
export async function findPrograms(name: string, path: string | undefined): Promise<string[]> {
  const folders = new Set([...(path ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']);
  const candidates = [...folders].filter((folder) => folder !== '').map((folder) => join(folder, name));
  const isExecutable = await Promise.all(
    candidates.map((file) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return candidates.filter((_, index) => isExecutable[index]);
}
