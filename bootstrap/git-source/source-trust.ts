import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import type { Cluster } from '../settings/context.ts';

/** The folder, in the cluster's, of what tells that a git host is the one that is meant. */
const FOLDER = 'git-host';

/** What a git host is known by, where that is not known to everybody. */
export interface SourceTrust {
  /** Certificates of the authority that signs for the host, PEM. */
  readonly authority?: string;
  /** Lines of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
  readonly knownHosts?: string;
}

/** The paths, in the clone, of the files that a person may put there. */
export function sourceTrustFiles(cluster: Pick<Cluster, 'name'>): {
  readonly authority: string;
  readonly knownHosts: string;
} {
  const folder = `clusters/${cluster.name}/${FOLDER}`;
  return { authority: `${folder}/ca.pem`, knownHosts: `${folder}/known_hosts` };
}

/**
 * Reads what the cluster's folder says of the git host.
 *
 * @throws UserError when a file is there that holds something else
 */
export async function readSourceTrust(cluster: Pick<Cluster, 'name' | 'folder'>): Promise<SourceTrust> {
  const read = (name: string) => readFile(join(cluster.folder, FOLDER, name), 'utf8').catch(() => undefined);
  const [authority, knownHosts] = [await read('ca.pem'), await read('known_hosts')];
  if (authority !== undefined) requireCertificate(authority, sourceTrustFiles(cluster).authority);
  return {
    ...(authority === undefined ? {} : { authority }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
  };
}

function requireCertificate(text: string, shownFile: string): void {
  try {
    new X509Certificate(text);
  } catch (cause) {
    const remedy = 'Put the certificate of the authority there that signs for the git host, in PEM.';
    throw new UserError(`${shownFile} holds no certificate.`, remedy, { cause });
  }
}
