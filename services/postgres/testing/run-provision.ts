import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '../../backends/start-postgres.ts';

/** What provision.sh needs. The image has it; elsewhere it is the package postgresql-client. */
export const hasPsql = spawnSync('psql', ['--version']).status === 0;

/**
 * Runs provision.sh on a server.
 *
 * @param variables what it reads beside the server's address
 * @returns all that it prints
 * @throws with what it printed, where it fails
 */
export async function runProvision(
  { host, port, password }: PostgresServer,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const environment = {
    // biome-ignore lint/style/noProcessEnv: an installed program is looked for where the user's shell would
    PATH: process.env.PATH ?? '',
    PGHOST: host,
    PGPORT: String(port),
    PGPASSWORD: password,
    ...variables,
  };
  const script = join(import.meta.dirname, '..', 'provision.sh');
  const { stdout, stderr } = await promisify(execFile)('sh', [script], { env: environment });
  return `${stdout}${stderr}`;
}
