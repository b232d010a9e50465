import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import type { Step, StepGroup } from '../lib/progress.ts';

/** Gets only what runs on this machine, and the manifests: nodes that are not ours bring Kubernetes, and pull. */
export function toolsStep({ source }: ClusterArtifacts): Step {
  return {
    title: `${source.name === 'packages' ? 'Build' : 'Download'} the tools and manifests`,
    run: async (report) => {
      await source.provideTools(report);
      await source.provideManifests(report);
      return source.remark;
    },
  };
}

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
