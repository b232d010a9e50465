import type { KeptBackup, Retention } from './backup-folder.ts';

const dayMs = 86_400_000;

/**
 * Chooses what is neither one of the newest nor young enough.
 * @param backups the newest first
 * @returns names
 */
export function chooseExpired(
  backups: readonly KeptBackup[],
  { keepNewest, keepDays }: Retention,
  now: Date,
): string[] {
  const oldestMs = now.getTime() - keepDays * dayMs;
  return backups
    .slice(Math.max(1, keepNewest))
    .filter(({ createdAt }) => createdAt.getTime() < oldestMs)
    .map(({ name }) => name);
}
