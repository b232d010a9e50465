import { findPrograms } from '../../bootstrap/lib/find-program.ts';
import { openLog } from '../../bootstrap/lib/log.ts';
import {
  detectOperatingSystem,
  installArguments,
  installPackages,
} from '../../bootstrap/lib/operating-system.ts';
import { createShell } from '../../bootstrap/lib/shell.ts';
import { clusterDirectories } from '../../bootstrap/settings/directories.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';

/** What tests run beyond what `create` installs: programs, and the packages of Debian that bring them. */
const NEEDED = { 'rabbitmq-server': 'rabbitmq-server', curl: 'curl', ps: 'procps' };

const { path } = readEnvironment();
const missing: string[] = [];
for (const [program, debianPackage] of Object.entries(NEEDED)) {
  if ((await findPrograms(program, path)).length === 0) missing.push(debianPackage);
}
if (missing.length > 0) {
  const system = await detectOperatingSystem();
  const command = `apt-get ${installArguments(missing).join(' ')}`;
  if (system.isRoot && system.isDebian) {
    process.stderr.write(`Installing the system packages ${missing.join(' ')}, which the tests need\n`);
    const log = await openLog(clusterDirectories('tests').log, 'install', false);
    await installPackages(createShell(log, new AbortController().signal), missing);
  } else {
    process.stderr.write(`The tests need more programs. As root: apt-get update && ${command}\n`);
    process.exitCode = 1;
  }
}
