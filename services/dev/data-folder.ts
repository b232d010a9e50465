import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import envPaths from 'env-paths';

/**
 * Names the folder that keeps the databases of a clone from run to run. Not below root's home: PostgreSQL runs as
 * another user then, who may not enter that.
 * @param clone the folder of the repository
 * @param isRoot whether this process is root's
 */
export function dataFolder(clone: string, isRoot = process.getuid?.() === 0): string {
  const data = isRoot ? '/var/lib/orchestrator' : envPaths('orchestrator', { suffix: '' }).data;
  const digest = createHash('sha256').update(clone).digest('hex').slice(0, 8);
  return join(data, 'dev', `${basename(clone)}-${digest}`);
}
