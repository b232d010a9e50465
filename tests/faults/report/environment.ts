import { cpus, release, totalmem } from 'node:os';
import { chooseSource } from '../../../bootstrap/artifacts/source.ts';
import { vagrantMachines } from '../../../bootstrap/settings/vagrant-machines.ts';
import type { FaultCluster } from '../cluster/fault-cluster.ts';

/** What figures depend on, and what they are figures of. */
export interface ReportEnvironment {
  readonly date: string;
  readonly commit: string;
  readonly provider: string;
  readonly source: string;
  readonly machines: string;
  readonly host: string;
  readonly runs: number;
}

/** Reads what the report names; `commit` has a + where files differ from it. */
export async function readReportEnvironment(cluster: FaultCluster, runs: number): Promise<ReportEnvironment> {
  const { shell, repository, cluster: described } = cluster.context;
  const { memory, cores } = vagrantMachines(described.settings);
  const git = async (...args: string[]) =>
    (await shell.run('git', ['-C', repository, ...args])).stdout.trim();
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: `${await git('rev-parse', '--short=10', 'HEAD')}${(await git('status', '--porcelain')) ? '+' : ''}`,
    provider: cluster.provider,
    source: await chooseSource(cluster.context),
    machines: `${cluster.machines.length} of ${memory} MiB and ${cores} cores`,
    host: `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    runs,
  };
}
