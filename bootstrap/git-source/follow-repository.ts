import type { ManagedObject } from '../lib/managed-object.ts';
import type { SourceTrust } from './source-trust.ts';

/*
 * Argo CD's ConfigMaps, which its programs read in part only when they start
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/).
 */
export const SETTINGS = 'argocd-cm';
export const PARAMETERS = 'argocd-cmd-params-cm';
const CERTIFICATES = 'argocd-tls-certs-cm';
const KNOWN_HOSTS = 'argocd-ssh-known-hosts-cm';

const LOCK_TIMEOUT = 'reposerver.revision.cache.lock.timeout';

/** The repository that Argo CD follows. */
export interface FollowedRepository {
  /** Without the port. */
  readonly host: string;
  /** How often Argo CD looks, unless a webhook tells it to. */
  readonly pollSeconds: number;
  /** Whether it is in the cluster, where requests cost nothing. */
  readonly isNextDoor: boolean;
  readonly trust: SourceTrust;
}

/** Writes into the ConfigMaps of Argo CD's manifest how it follows a repository. */
export function followRepository(
  manifest: readonly ManagedObject[],
  repository: FollowedRepository,
): ManagedObject[] {
  return manifest.map((object) => {
    if (object.kind !== 'ConfigMap') return object;
    const data = changeData(object.metadata?.name ?? '', object.data ?? {}, repository);
    return data ? { ...object, data } : object;
  });
}

function changeData(
  configMap: string,
  data: Readonly<Record<string, string>>,
  { host, pollSeconds, isNextDoor, trust }: FollowedRepository,
): Record<string, string> | undefined {
  switch (configMap) {
    case SETTINGS:
      return { ...data, ...pollOften(pollSeconds) };
    case PARAMETERS:
      // Applications that look at the repository at the same moment would wait for each other, a second at a time
      // (Argo CD, reposerver/cache/cache.go, GetOrLockGitReferences). Next door, let all ask; elsewhere, one for all.
      return isNextDoor ? { ...data, [LOCK_TIMEOUT]: '0s' } : undefined;
    case CERTIFICATES:
      return trust.authority ? { ...data, [host]: trust.authority } : undefined;
    case KNOWN_HOSTS:
      return trust.knownHosts
        ? { ...data, ssh_known_hosts: `${data.ssh_known_hosts?.trimEnd() ?? ''}\n${trust.knownHosts}` }
        : undefined;
    default:
      return undefined;
  }
}

/**
 * Argo CD looks at all Applications at the same moment, and a push has to wait until that is over; with a jitter each
 * is looked at somewhat later, at random, and pushes come between. On average, an Application is looked at as often as
 * is said (docs/scale.md).
 */
function pollOften(pollSeconds: number): Record<string, string> {
  const jitterSeconds = Math.floor(pollSeconds / 3);
  return {
    'timeout.reconciliation': `${pollSeconds - jitterSeconds}s`,
    'timeout.reconciliation.jitter': `${jitterSeconds}s`,
  };
}
