import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commitPaths } from '../lib/git.ts';
import type { Step } from '../lib/progress.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { parseClusterSettings } from '../settings/read-cluster-settings.ts';

/** A change of cluster.yaml that has been checked and not been written. */
export interface MachinesChange {
  readonly settings: ClusterSettings;
  /** Writes it and commits that file, whatever else is staged. */
  readonly step: Step;
}

/**
 * Prepares a change of cluster.yaml.
 *
 * @param change gets the text, returns the new one
 * @throws UserError when the settings would not be valid then; nothing is written
 */
export async function changeMachines(
  context: Context,
  change: (text: string) => string,
  message: string,
): Promise<MachinesChange> {
  const { cluster, repository, shell } = context;
  const path = `clusters/${cluster.name}/cluster.yaml`;
  const file = join(repository, path);
  const settings = parseClusterSettings(change(await readFile(file, 'utf8')), path);
  const step: Step = {
    title: `Commit ${path}`,
    run: async () => {
      const text = await readFile(file, 'utf8');
      const changed = change(text);
      if (changed !== text) await writeFile(file, changed);
      const commit = await commitPaths(shell, repository, [path], message);
      return commit ? commit.slice(0, 7) : 'nothing new';
    },
  };
  return { settings, step };
}
