import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { parseEnv } from 'node:util';
import type { Shell } from './shell.ts';

/** What the machine that this program runs on is, as far as installing things on it goes. */
export interface OperatingSystem {
  readonly platform: NodeJS.Platform;
  /** The architecture by Go's and Docker's name for it. */
  readonly architecture: 'amd64' | 'arm64';
  /** Debian or one of its descendants, where apt-get installs. */
  readonly isDebian: boolean;
  readonly isRoot: boolean;
}

/** Reads /etc/os-release (https://www.freedesktop.org/software/systemd/man/latest/os-release.html). */
export async function detectOperatingSystem(): Promise<OperatingSystem> {
  const release = parseEnv(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const names = `${release.ID ?? ''} ${release.ID_LIKE ?? ''}`.split(' ');
  return {
    platform: platform(),
    architecture: arch() === 'arm64' ? 'arm64' : 'amd64',
    isDebian: names.includes('debian') || names.includes('ubuntu'),
    isRoot: process.getuid?.() === 0,
  };
}

/** Installs Debian packages without their recommendations. Needs root. */
export async function installPackages(shell: Shell, packages: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await shell.run('apt-get', ['update', '--quiet'], { env });
  await shell.run('apt-get', installArguments(packages), { env });
}

/** The arguments of apt-get that install the packages. */
export function installArguments(packages: readonly string[]): string[] {
  return ['install', '--yes', '--no-install-recommends', ...packages];
}

/** The packages among `packages` that this release of Debian knows; needs up-to-date lists. */
export async function knownPackages(shell: Shell, packages: readonly string[]): Promise<string[]> {
  const policy = await shell.attempt('apt-cache', ['policy', ...packages]);
  const known = policy.stdout.split(/^(?=\S)/m).filter((entry) => !entry.includes('Candidate: (none)'));
  const names = new Set(known.map((entry) => entry.split(':')[0]));
  return packages.filter((name) => names.has(name));
}
