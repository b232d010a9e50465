import { describeError, UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';

const TIMEOUT_MS = 10_000;

/** Finds out whether the control plane answers, before anything that needs it is begun. */
export function reachControlPlaneStep(context: Context, kubernetes: () => Promise<KubernetesClient>): Step {
  return {
    title: 'Reach the control plane',
    run: async () => {
      await askControlPlane(await kubernetes()).catch((cause: unknown) => {
        throw unreachable(context, cause);
      });
    },
  };
}

function unreachable({ cluster }: Context, cause: unknown): UserError {
  const { machines } = cluster.settings;
  const [place, remedy] = isVagrant(machines)
    ? [
        ` at https://${machines.master.address}:6443`,
        `See whether ${machines.master.name} runs: ./orchestrator.sh status. Where it is stopped: ./orchestrator.sh start. Where it is lost: ./orchestrator.sh control-plane restore FILE.`,
      ]
    : [
        '',
        `See why: kubectl --context orchestrator-${cluster.name} get nodes.${describeForgetting(cluster)}`,
      ];
  const reason = `(${describeError(cause)}), and nothing has been changed`;
  return new UserError(`The control plane does not answer${place} ${reason}`, remedy, { cause });
}

function describeForgetting({ name, settings }: Context['cluster']): string {
  if (settings.machines.provider !== 'kubeconfig') return '';
  return ` Where the cluster is gone for good: ./orchestrator.sh destroy --cluster ${name} --forget`;
}

/**
 * Asks the control plane a question.
 *
 * @throws Error where it refuses to answer, or has not answered in time
 */
export async function askControlPlane(client: KubernetesClient, timeoutMs = TIMEOUT_MS): Promise<void> {
  const tooLate = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_, reject) => {
    tooLate.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)));
  });
  await Promise.race([client.list(NODE), late]);
}
