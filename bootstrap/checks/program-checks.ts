import { findPrograms } from '../lib/find-program.ts';
import { installArguments } from '../lib/operating-system.ts';
import type { Context } from '../settings/context.ts';
import type { Check, Finding } from './finding.ts';

/** A program that must be there, and how one gets it. */
export interface NeededProgram {
  readonly program: string;
  /** The arguments that make it print its version. */
  readonly versionArguments: readonly string[];
  readonly debianPackages: readonly string[];
  /** Where people find it who don't have Debian. */
  readonly website: string;
}

export const VAGRANT: NeededProgram = {
  program: 'vagrant',
  versionArguments: ['--version'],
  debianPackages: ['vagrant', 'openssh-client'],
  website: 'https://developer.hashicorp.com/vagrant/install',
};

export const GO: NeededProgram = {
  program: 'go',
  versionArguments: ['version'],
  debianPackages: ['golang-go'],
  website: 'https://go.dev/doc/install',
};

export const GIT: NeededProgram = {
  program: 'git',
  versionArguments: ['--version'],
  debianPackages: ['git'],
  website: 'https://git-scm.com/downloads',
};

export const MMDEBSTRAP: NeededProgram = {
  program: 'mmdebstrap',
  versionArguments: ['--version'],
  debianPackages: ['mmdebstrap'],
  website: 'https://gitlab.mister-muffin.de/josch/mmdebstrap',
};

/** Checks that a program is on PATH and starts. */
export function checkProgram(context: Context, needed: NeededProgram): Check {
  return async () => {
    const [file] = await findPrograms(needed.program, context.environment.path);
    if (file === undefined) return missingProgram(context, needed);
    const version = await context.shell.attempt(file, needed.versionArguments);
    const detail = version.stdout.trim().split('\n')[0] ?? '';
    if (version.exitCode === 0) return { subject: needed.program, isFine: true, detail };
    return {
      subject: needed.program,
      isFine: false,
      detail: `${file} does not work: ${(version.stderr || version.stdout).trim()}`,
      remedy: `Install it again: ${needed.website}`,
    };
  };
}

/** The finding that a program isn't there, with the command that installs it. */
export function missingProgram(context: Context, needed: NeededProgram): Finding {
  const { isDebian } = context.system;
  const command = `apt-get ${installArguments(needed.debianPackages).join(' ')}`;
  return {
    subject: needed.program,
    isFine: false,
    detail: 'is not installed',
    remedy: isDebian ? `As root: apt-get update && ${command}` : `Install it: ${needed.website}`,
    ...(isDebian ? { repair: { kind: 'install', packages: needed.debianPackages } } : {}),
  };
}
