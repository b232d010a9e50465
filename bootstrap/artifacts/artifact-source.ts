import type { Report } from '../lib/progress.ts';
import type { Source } from './source.ts';

/** Programs that this program runs on the host, as files. */
export interface Tools {
  readonly kubectl: string;
  readonly kubeseal: string;
  readonly kustomize: string;
}

/** Manifests that other projects wrote, as text. */
export interface Manifests {
  readonly argoCd: string;
  readonly sealedSecrets: string;
}

/**
 * Where K3s, controllers and tools come from. Each method builds or downloads what the cache lacks, and may
 * be called again at no cost.
 */
export interface ArtifactSource {
  readonly name: Source;
  /** What a person should know of what comes from it, in a few words. */
  readonly remark?: string | undefined;
  /** The file that is installed on machines as k3s. */
  provideK3s(report: Report): Promise<string>;
  /** The file that is installed on machines to verify signatures of images. */
  provideCosign(report: Report): Promise<string>;
  provideTools(report: Report): Promise<Tools>;
  provideManifests(report: Report): Promise<Manifests>;
  /** Names what our images are based on. */
  provideBaseImages(report: Report): Promise<string>;
  /** Archives of the images that nodes can't pull, by a name for each. */
  provideImageArchives(report: Report): Promise<ReadonlyMap<string, string>>;
  /** What of the cache takes a network to make again, as `<name>/<key>`. Builds and downloads nothing. */
  listArtifacts(): Promise<readonly string[]>;
  /** The images that the engine must have, so that none is built or pulled; those that it lacks are. */
  listImages(report: Report): Promise<readonly string[]>;
}
