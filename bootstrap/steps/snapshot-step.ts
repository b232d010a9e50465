import { readFile, stat } from 'node:fs/promises';
import { copyServerFiles } from '../control-plane/server-files.ts';
import { certificateAuthorityOf } from '../control-plane/snapshot-description.ts';
import { writeSnapshot } from '../control-plane/snapshot-file.ts';
import type { Step } from '../lib/progress.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import type { Context } from '../settings/context.ts';
import { adminKubeconfigFile } from './nodes-step.ts';

/** Copies the control plane's data store and credentials into a file, while it works on. */
export function snapshotStep(context: Context, findMaster: () => Promise<RemoteMachine>, file: string): Step {
  return {
    title: 'Copy the data store',
    run: async (report) => {
      const master = await findMaster();
      const { stdout } = await master.run('k3s --version');
      const certificateAuthority = certificateAuthorityOf(
        await readFile(adminKubeconfigFile(context), 'utf8'),
      );
      if (!certificateAuthority) throw new Error(`${adminKubeconfigFile(context)} names no authority`);
      const createdAt = new Date().toISOString();
      const serverFiles = await copyServerFiles(master);
      report('checking it');
      const { revision } = await writeSnapshot(file, serverFiles, {
        cluster: context.cluster.name,
        certificateAuthority,
        kubernetes: stdout.match(/v\d+\.\d+\.\d+\S*/)?.[0] ?? '',
        createdAt,
      });
      const mebibytes = ((await stat(file)).size / 1024 ** 2).toFixed(1);
      return `revision ${revision}, ${mebibytes} MiB`;
    },
  };
}
