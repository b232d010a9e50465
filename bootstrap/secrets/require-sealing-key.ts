import { UserError } from '../lib/errors.ts';
import { findSealingKey, type SealingKey } from './sealing-key.ts';

const REMEDY =
  'Run the command where the cluster was created, or bring the key from a backup: ./orchestrator.sh restore FILE.';

/**
 * The sealing key of a cluster that is there. None is made: no cluster would open with it, and it would be in the place
 * where `restore` puts the one of a backup.
 *
 * @param otherwise what else may be done where there is none
 * @throws UserError where this host has no sealing key
 */
export async function requireSealingKey(folder: string, otherwise?: string): Promise<SealingKey> {
  const key = await findSealingKey(folder);
  if (key) return key;
  const remedy = otherwise === undefined ? REMEDY : `${REMEDY} ${otherwise}`;
  throw new UserError('This host has no sealing key, and nothing has been changed', remedy);
}
