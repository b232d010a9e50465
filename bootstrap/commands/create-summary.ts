import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { hasArgoCdPages, readAddresses } from '../status/addresses.ts';
import { contextName } from '../steps/user-kubeconfig-step.ts';
import { accessCluster } from './cluster-access.ts';

/**
 * What a person is told when the cluster is there: where things are, how to log in, what to try.
 *
 * @param push the command by which a person deploys what they have committed
 */
export async function formatCreateSummary(context: Context, push: string): Promise<string> {
  const { settings, name } = context.cluster;
  const addresses = await readAddresses(context, accessCluster(context).kubernetes);
  const gateway = addresses['api-gateway'];
  const isOwn = hasOwnGitServer(settings);
  const option = name === 'local' ? '' : ` --cluster ${name}`;
  return `
  api-gateway  ${gateway}
  dashboard    ${addresses.dashboard}   (login: ./orchestrator.sh ui${option})
  Argo CD      ${addresses['Argo CD']}   (login: ./orchestrator.sh ui${option}${(await hasArgoCdPages(context)) ? '' : '; its API alone'})
  git          ${isOwn ? `${addresses.git}   (the remote \`${GIT_REMOTE}\`; the password is kept for you)` : describeSource(settings, option)}
  kubectl      the context ${contextName(name)} is current

Try:
  curl -X POST -H 'Content-Type: application/json' -d '{"title":"TOP GUN","description":"Story of a fighter pilot"}' ${gateway}/movies/
  ./orchestrator.sh status${option}
  git commit --allow-empty --message 'My first deploy' && ${push}

cluster created
`;
}

function describeSource({ git }: ClusterSettings, option: string): string {
  return `${git.source}   (${git.branch}; looked at every ${git.poll} s, or at once: ./orchestrator.sh git-access webhook${option})`;
}
