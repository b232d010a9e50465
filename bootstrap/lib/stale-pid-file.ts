import { readFile, readlink, rm } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * Removes a pid file that names no process running one of `program`: what wrote it was killed, and its number
 * may belong to another program by now. The Docker engine before release 23 takes any process of that number
 * for its own containerd, and waits for it in vain.
 *
 * @param program - the executable's file name, for example `containerd`
 * @returns whether there was such a file
 */
export async function removeStalePidFile(file: string, program: string): Promise<boolean> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return false;
  // An executable that was replaced meanwhile, by an upgrade, is named with this suffix.
  const executable = await readlink(`/proc/${content.trim()}/exe`).catch(() => '');
  if (basename(executable.replace(/ \(deleted\)$/, '')) === program) return false;
  await rm(file, { force: true });
  return true;
}
