import { type Command, Option } from 'commander';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { runSteps, type Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { requireMachine } from '../nodes/check-names.ts';
import { cordon, drain, uncordon } from '../nodes/drain.ts';
import { parseDuration } from '../nodes/parse-duration.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

/** The options of commands that take pods off a node. */
export interface DrainCommandOptions extends CommonOptions {
  readonly timeout: number;
  readonly force: boolean;
}

/** Adds the options of commands that take pods off a node. */
export function addDrainOptions(command: Command, force: string): Command {
  return addCommonOptions(command)
    .addOption(
      new Option('--timeout <duration>', 'how long it may take, such as 90s or 5m')
        .argParser(parseDuration)
        .default(parseDuration('5m'), '5m'),
    )
    .option('--force', force, false);
}

/** `node drain`: takes all pods off a node, as their budgets allow. */
export function registerNodeDrain(node: Command): void {
  const command = node.command('drain').description('take all pods off a machine, within their budgets');
  addDrainOptions(command, 'also evict pods that nothing makes anew elsewhere')
    .argument('<name>', 'the name of the machine')
    .action((name: string, { timeout, force, ...options }: DrainCommandOptions) =>
      runExclusiveSession('node drain', options, async ({ context, progress }) => {
        requireName(context, name);
        const { kubernetes } = accessCluster(context);
        const steps: Step[] = [
          reachControlPlaneStep(context, kubernetes),
          {
            title: `Cordon ${name}`,
            run: async () => cordon(await requireNode(kubernetes, name), name),
          },
          {
            title: `Evict the pods of ${name}`,
            run: async (report) =>
              drain(await kubernetes(), name, { timeoutMs: timeout, isForced: force }, report),
          },
        ];
        await runSteps(steps, progress);
        process.stdout.write(
          `node ${name} drained; to use it again: ./orchestrator.sh node uncordon ${name}\n`,
        );
      }),
    );
}

/** `node uncordon`: the way back from a drain. */
export function registerNodeUncordon(node: Command): void {
  addCommonOptions(node.command('uncordon').description('let pods onto a machine again'))
    .argument('<name>', 'the name of the machine')
    .action((name: string, options: CommonOptions) =>
      runExclusiveSession('node uncordon', options, async ({ context, progress }) => {
        requireName(context, name);
        const { kubernetes } = accessCluster(context);
        const steps: Step[] = [
          reachControlPlaneStep(context, kubernetes),
          {
            title: `Uncordon ${name}`,
            run: async () => uncordon(await requireNode(kubernetes, name), name),
          },
        ];
        await runSteps(steps, progress);
        process.stdout.write(`node ${name} takes pods again\n`);
      }),
    );
}

/** Machines of ours are told from settings; on others, {@link requireNode} asks the cluster. */
function requireName({ cluster }: Context, name: string): void {
  const { machines } = cluster.settings;
  if (isVagrant(machines)) requireMachine(machines, name);
}

async function requireNode(
  kubernetes: () => Promise<KubernetesClient>,
  name: string,
): Promise<KubernetesClient> {
  const client = await kubernetes();
  if (await client.read(NODE, name)) return client;
  throw new UserError(
    `The machine ${name} is no node of the cluster.`,
    'See what is: kubectl get nodes. A machine that never joined: ./orchestrator.sh create.',
  );
}
