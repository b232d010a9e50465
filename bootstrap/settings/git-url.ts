/** The address of a repository, by which Argo CD can read it. */
export interface GitUrl {
  readonly protocol: 'https' | 'ssh';
  /** Without the port. */
  readonly host: string;
  readonly port: number;
  /** Without the slash before it, and without `.git`. */
  readonly path: string;
}

/** What git takes for `ssh://USER@HOST/PATH`, too (git-clone(1), "GIT URLS"). */
const SCP_FORM = /^([\w.-]+)@([a-z0-9.-]+):(?!\/)([^\s]+)$/i;

/**
 * Reads `https://HOST/PATH`, `ssh://USER@HOST/PATH` and `USER@HOST:PATH`.
 *
 * @returns `undefined` for anything else: plain http, and URLs that hold a password, a query or no path
 */
export function parseGitUrl(text: string): GitUrl | undefined {
  const [, , host, path] = SCP_FORM.exec(text) ?? [];
  if (host && path) return createGitUrl('ssh', host, '', path);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.password || url.search || url.hash) return undefined;
  if (url.protocol === 'ssh:' && url.username)
    return createGitUrl('ssh', url.hostname, url.port, url.pathname);
  if (url.protocol === 'https:' && !url.username)
    return createGitUrl('https', url.hostname, url.port, url.pathname);
  return undefined;
}

const DEFAULT_PORTS = { https: 443, ssh: 22 } as const;

function createGitUrl(
  protocol: GitUrl['protocol'],
  host: string,
  port: string,
  path: string,
): GitUrl | undefined {
  const plain = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  if (plain === '') return undefined;
  return { protocol, host: host.toLowerCase(), port: Number(port) || DEFAULT_PORTS[protocol], path: plain };
}

/** Whether two URLs, perhaps of different protocols, are of the same repository. */
export function isSameRepository(one: string, other: string): boolean {
  const [first, second] = [parseGitUrl(one), parseGitUrl(other)];
  if (!first || !second) return one === other;
  return first.host === second.host && first.path.toLowerCase() === second.path.toLowerCase();
}
