import type { Command } from 'commander';
import { UserError } from '../lib/errors.ts';
import { formatTable } from '../lib/format-table.ts';
import { type FiringAlert, readAlerts } from '../observability/read-alerts.ts';
import type { Context } from '../settings/context.ts';
import { OBSERVABILITY_NAMESPACE } from '../settings/namespaces.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface AlertsOptions extends CommonOptions {
  readonly json: boolean;
}

const PROMETHEUS = { namespace: OBSERVABILITY_NAMESPACE, service: 'prometheus', port: 9090 } as const;

/** `alerts`: shows the alerts that fire, and where it says what to do. */
export function registerAlerts(program: Command): void {
  addCommonOptions(program.command('alerts').description('show the alerts that fire, and what to do'))
    .option('--json', 'print it for programs', false)
    .action((options: AlertsOptions) =>
      runSession('alerts', options, async ({ context }) => {
        requireMetrics(context);
        const client = await accessCluster(context).kubernetes();
        const alerts = await readAlerts((path) => client.getFromService(PROMETHEUS, path));
        const text = options.json ? JSON.stringify(alerts, null, 2) : formatAlerts(alerts);
        process.stdout.write(`${text}\n`);
      }),
    );
}

function requireMetrics({ cluster }: Context): void {
  if (cluster.settings.observability.metrics > 0) return;
  throw new UserError(
    `The cluster ${cluster.name} measures nothing: observability.metrics in its cluster.yaml is 0.`,
    'Set it to a number of MiB, and run ./orchestrator.sh create.',
  );
}

function formatAlerts(alerts: readonly FiringAlert[]): string {
  if (alerts.length === 0) return 'No alert fires.';
  const rows = alerts.map(({ name, severity, summary, runbook, since }) => {
    return [severity, name, since.toISOString().replace(/\.\d+Z$/, 'Z'), summary, runbook];
  });
  return formatTable(['severity', 'alert', 'since', 'what', 'runbook'], rows);
}
