import { UserError } from '../lib/errors.ts';
import type { RunResult } from '../lib/shell.ts';
import { parseGitUrl } from '../settings/git-url.ts';
import type { SourceAccess } from './source-git.ts';
import { sourceTrustFiles } from './source-trust.ts';

/** A failure that git tells in its own words, and what it means here. */
interface Cause {
  readonly pattern: RegExp;
  readonly explain: (access: SourceAccess, clusterName: string) => UserError;
}

const CAUSES: readonly Cause[] = [
  { pattern: /Host key verification failed/, explain: explainHostKey },
  { pattern: /certificate|SSL routines|server verification failed/i, explain: explainCertificate },
  {
    pattern: /could not read Username|Authentication failed|Permission denied|returned error: 40[13]/,
    explain: explainRefusal,
  },
  {
    pattern: /not found|does not appear to be a git repository|returned error: 404/i,
    explain: explainRefusal,
  },
];

/** Why git could not read the repository, for the person at the terminal. */
export function explainGitFailure(access: SourceAccess, result: RunResult, clusterName: string): UserError {
  // The address itself is told by other causes, too, so that it is looked for last.
  const cause = CAUSES.find(({ pattern }) => pattern.test(result.stderr));
  if (cause && !/Could not resolve host/.test(result.stderr)) return cause.explain(access, clusterName);
  const lastLine = result.stderr.trim().split('\n').at(-1) || 'git got no answer in time';
  return new UserError(
    `${access.url} can't be read: ${lastLine}`,
    `Check git.source in clusters/${clusterName}/cluster.yaml, and whether this machine reaches the host.`,
  );
}

function explainRefusal({ url, credential }: SourceAccess, clusterName: string): UserError {
  const isSsh = parseGitUrl(url)?.protocol === 'ssh';
  const command = `./orchestrator.sh git-access ${isSsh ? 'deploy-key' : 'token'}${optionOf(clusterName)}`;
  if (!credential) {
    return new UserError(
      isSsh ? `${url} lets nobody in without a key` : `${url} is not there, or is private`,
      `Check git.source in clusters/${clusterName}/cluster.yaml. To give Argo CD a ${isSsh ? 'deploy key' : 'token'}: ${command}`,
    );
  }
  const what = credential.kind === 'token' ? 'the token' : 'the deploy key';
  return new UserError(
    `${url} is not there, or ${what} may not read it`,
    `Check git.source in clusters/${clusterName}/cluster.yaml, and ${what} at the git host; a new one: ${command}`,
  );
}

function explainHostKey({ url }: SourceAccess, clusterName: string): UserError {
  const host = parseGitUrl(url)?.host ?? url;
  const { knownHosts } = sourceTrustFiles({ name: clusterName });
  return new UserError(
    `The host key of ${host} is not known here`,
    `Compare it with the one that ${host} publishes: ssh-keyscan ${host} | ssh-keygen -lf -. Then keep it: for this machine in ~/.ssh/known_hosts, for Argo CD as well, which only knows the big ones, in ${knownHosts}.`,
  );
}

function explainCertificate({ url }: SourceAccess, clusterName: string): UserError {
  const { authority } = sourceTrustFiles({ name: clusterName });
  return new UserError(
    `The certificate of ${new URL(url).host} is signed by an authority that is not known here`,
    `Put that authority's certificate, in PEM, into ${authority}; Argo CD will trust it, too.`,
  );
}

function optionOf(clusterName: string): string {
  return clusterName === 'local' ? '' : ` --cluster ${clusterName}`;
}
