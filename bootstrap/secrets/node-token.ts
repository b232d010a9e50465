import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '../lib/private-file.ts';
import { generatePassword } from './generated-password.ts';

/**
 * The token by which machines join the cluster, made now if there is none.
 *
 * @param folder the cluster's data directory
 */
export async function provideNodeToken(folder: string): Promise<string> {
  const file = join(folder, 'node-token');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known) return known;
  const token = generatePassword();
  await writePrivateFile(file, token);
  return token;
}
