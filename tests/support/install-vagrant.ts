import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireSuccess } from './cluster-under-test.ts';
import { runCommand } from './run-command.ts';

/**
 * Installs Vagrant from its publisher's own packages, for Debian and its descendants that have it no longer, such as
 * Ubuntu 24.04 (https://www.hashicorp.com/en/official-packaging-guide). Needs root.
 */

const VERSION = '2.4.9';
const PACKAGES = 'https://apt.releases.hashicorp.com';
/** The key that the packages are signed with (https://www.hashicorp.com/en/trust/security). */
const FINGERPRINT = '798AEC654E5C15428C8E42EEAA16FCBCA621E701';
const KEYRING = '/usr/share/keyrings/hashicorp.asc';
const SOURCE = '/etc/apt/sources.list.d/hashicorp.sources';

const run = async (program: string, ...args: string[]) =>
  (await requireSuccess(runCommand(program, args))).stdout.trim();

async function fetchKey(): Promise<string> {
  const response = await fetch(`${PACKAGES}/gpg`);
  if (!response.ok) throw new Error(`${response.url} answers ${response.status}`);
  return await response.text();
}

/** Throws unless the key is the one that is known. Other keys beside it would be trusted, too. */
async function requireFingerprint(key: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'key-'));
  try {
    const file = join(folder, 'key.asc');
    await writeFile(file, key);
    const shown = await run('gpg', '--homedir', folder, '--show-keys', '--with-colons', file);
    const primary = [...shown.matchAll(/^pub:.*\n(?:.*\n)*?fpr:+([0-9A-F]+):/gm)].map(([, found]) => found);
    if (primary.length === 1 && primary[0] === FINGERPRINT) return;
    throw new Error(`${PACKAGES}/gpg has the keys ${primary.join(', ')} instead of ${FINGERPRINT}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const key = await fetchKey();
await requireFingerprint(key);
await writeFile(KEYRING, key);
const suite = await run('sh', '-c', '. /etc/os-release && echo "$VERSION_CODENAME"');
await writeFile(
  SOURCE,
  `Types: deb\nURIs: ${PACKAGES}\nSuites: ${suite}\nComponents: main\nSigned-By: ${KEYRING}\n`,
);
await run('apt-get', 'update', '--quiet');
await run('apt-get', 'install', '--yes', '--no-install-recommends', `vagrant=${VERSION}-1`);
process.stdout.write(`${await run('vagrant', '--version')}\n`);
