import type { ServiceImage } from '../artifacts/service-images.ts';
import { writeOverlays } from '../cluster-folder/overlays.ts';
import { commitPaths } from '../lib/git.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';

/** Writes image tags and overlays into the cluster's folder, and commits that folder, nothing else. */
export function commitStep(context: Context, listImages: () => Promise<readonly ServiceImage[]>): Step {
  return {
    title: `Commit clusters/${context.cluster.name}`,
    run: async () => {
      const { repository, shell, cluster } = context;
      await writeOverlays(cluster, await listImages());
      const message = `Describe the cluster ${cluster.name}`;
      const commit = await commitPaths(shell, repository, [`clusters/${cluster.name}`], message);
      return commit ? commit.slice(0, 7) : 'nothing new';
    },
  };
}
