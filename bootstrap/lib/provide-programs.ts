import { clusterDirectories } from '../settings/directories.ts';
import { readEnvironment } from '../settings/environment.ts';
import { findPrograms } from './find-program.ts';
import { openLog } from './log.ts';
import { detectOperatingSystem, installArguments, installPackages } from './operating-system.ts';
import { createShell } from './shell.ts';

/**
 * Installs programs that are missing, and says so, where this is root on Debian; elsewhere prints the command that
 * does.
 *
 * @param needed the package of Debian that brings each program
 * @param purpose who needs them, in the plural: "the tests"
 * @returns whether all are there now
 */
export async function providePrograms(
  needed: Readonly<Record<string, string>>,
  purpose: string,
): Promise<boolean> {
  const { path } = readEnvironment();
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(needed)) {
    if ((await findPrograms(program, path)).length === 0) missing.push(debianPackage);
  }
  if (missing.length === 0) return true;
  const system = await detectOperatingSystem();
  if (system.isRoot && system.isDebian) {
    process.stderr.write(`Installing the system packages ${missing.join(' ')}, which ${purpose} need\n`);
    const log = await openLog(clusterDirectories('tests').log, 'install', false);
    await installPackages(createShell(log, new AbortController().signal), missing);
    return true;
  }
  const command = `apt-get ${installArguments(missing).join(' ')}`;
  const names = `${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}`;
  process.stderr.write(
    `${names} need more programs: ${missing.join(', ')}. On Debian, as root: apt-get update && ${command}\n`,
  );
  return false;
}
