import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, gitPushUrl, hasOwnGitServer } from '../settings/git-source.ts';
import { contextName } from '../steps/user-kubeconfig-step.ts';
import { argoCdUrl } from './ui.ts';

/**
 * What a person is told when the cluster is there: where things are, how to log in, what to try.
 *
 * @param push the command by which a person deploys what they have committed
 */
export function formatCreateSummary(context: Context, push: string): string {
  const { settings, name } = context.cluster;
  const gateway = `http://${settings.machines.master.address}:3000`;
  const isOwn = hasOwnGitServer(settings);
  const option = name === 'local' ? '' : ` --cluster ${name}`;
  return `
  api-gateway  ${gateway}
  Argo CD      ${argoCdUrl(context)}   (login: ./orchestrator.sh ui${option})
  git          ${isOwn ? `${gitPushUrl(settings)}   (the remote \`${GIT_REMOTE}\`; the password is kept for you)` : describeSource(settings, option)}
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
