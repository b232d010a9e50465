import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import type { StepGroup } from '../lib/progress.ts';

/**
 * Gets everything that is installed: compiles or downloads what the cache lacks. One after the other where
 * it is compiled, because each compiler uses all cores.
 */
export function artifactSteps(artifacts: ClusterArtifacts): StepGroup['steps'] {
  const { source } = artifacts;
  const verb = source.name === 'packages' ? 'Build' : 'Download';
  return [
    {
      title: `${verb} K3s`,
      run: async (report) => {
        await source.provideK3s(report);
        await source.provideTools(report);
        return source.remark;
      },
    },
    {
      title: `${verb} the controllers`,
      run: async (report) => {
        await source.provideManifests(report);
        await source.provideImageArchives(report);
        return undefined;
      },
    },
    {
      title: 'Build the images of the services',
      run: async (report) => {
        await artifacts.provideServiceArchive(report);
        return undefined;
      },
    },
  ];
}
