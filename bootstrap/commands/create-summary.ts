import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, gitPushUrl } from '../settings/git-source.ts';
import { contextName } from '../steps/user-kubeconfig-step.ts';
import { argoCdUrl } from './ui.ts';

/** What a person is told when the cluster is there: where things are, how to log in, what to try. */
export function formatCreateSummary(context: Context): string {
  const { settings, name } = context.cluster;
  const gateway = `http://${settings.machines.master.address}:3000`;
  const option = name === 'local' ? '' : ` --cluster ${name}`;
  return `
  api-gateway  ${gateway}
  Argo CD      ${argoCdUrl(context)}   (login: ./orchestrator.sh ui${option})
  git          ${gitPushUrl(settings)}   (the remote \`${GIT_REMOTE}\`; the password is kept for you)
  kubectl      the context ${contextName(name)} is current

Try:
  curl -X POST -H 'Content-Type: application/json' -d '{"title":"TOP GUN","description":"Story of a fighter pilot"}' ${gateway}/movies/
  ./orchestrator.sh status${option}
  git commit --allow-empty --message 'My first deploy' && git push ${GIT_REMOTE} ${settings.git.branch}

cluster created
`;
}
