import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { provideArtifact } from './artifact.ts';
import { STAND_INS } from './base-images.ts';
import { hashFiles, hashText } from './content-hash.ts';
import { buildGo } from './go-build.ts';
import { type ImageBuilder, type ImageRecipe, provideImage } from './image.ts';

const MODULES = join(import.meta.dirname, 'observability');
const APPS = join(import.meta.dirname, '..', '..', 'apps');

/** A program that is compiled from its modules. */
interface Program {
  readonly name: string;
  /** The folder of the Go module that pins it. */
  readonly module: string;
  readonly package: string;
  /** The variable that tells the program its version. */
  readonly version: string;
}

/** An image that keeps, or collects, logs or metrics. */
interface ObservabilityImage {
  /** The folder in apps/, whose manifest names the image, and in stand-ins/. */
  readonly component: string;
  readonly manifest: string;
  /** What is in it, besides what its Dockerfile installs. */
  readonly program?: Program;
}

const LOKI: Program = {
  name: 'loki',
  module: join(MODULES, 'loki'),
  package: 'github.com/grafana/loki/v3/cmd/loki',
  version: 'github.com/grafana/loki/v3/pkg/util/build.Version',
};
const COLLECTOR: Program = {
  name: 'otelcol-k8s',
  module: join(MODULES, 'collector'),
  package: '.',
  version: 'main.version',
};

const IMAGES: Readonly<Record<keyof ClusterSettings['observability'], readonly ObservabilityImage[]>> = {
  logs: [
    { component: 'loki', manifest: 'statefulset.yaml', program: LOKI },
    { component: 'log-collector', manifest: 'daemonset.yaml', program: COLLECTOR },
  ],
  metrics: [
    { component: 'prometheus', manifest: 'statefulset.yaml' },
    { component: 'node-exporter', manifest: 'daemonset.yaml' },
  ],
};

/** What the parts of a kind that a cluster has are made of. */
export type ObservabilitySettings = ClusterSettings['observability'];

/**
 * Makes stand-ins for the images that keep and collect logs and metrics, under the names that the manifests in apps/
 * give them; only those that a cluster has.
 *
 * @returns their names
 */
export async function provideObservabilityImages(
  builder: ImageBuilder,
  settings: ObservabilitySettings,
  debianKey: string,
  cache: string,
  report: Report,
): Promise<string[]> {
  const references: string[] = [];
  for (const image of imagesOf(settings)) {
    const recipe = await prepare(builder.shell, image, debianKey, cache, report);
    await provideImage(builder, recipe, report);
    references.push(recipe.reference);
  }
  return references;
}

/** The images that keep and collect logs and metrics, as the manifests in apps/ name them; those that a cluster has. */
export async function listObservabilityImages(settings: ObservabilitySettings): Promise<string[]> {
  return await Promise.all(imagesOf(settings).map(readReference));
}

/** What is compiled for them, as `<name>/<key>` in the cache. */
export async function observabilityKeys(settings: ObservabilitySettings): Promise<string[]> {
  const keys = imagesOf(settings).map(async (image) => {
    const { program } = image;
    return program ? [`${program.name}/${await keyOf(program, tagOf(await readReference(image)))}`] : [];
  });
  return (await Promise.all(keys)).flat();
}

function imagesOf(settings: ObservabilitySettings): ObservabilityImage[] {
  return (['logs', 'metrics'] as const).filter((kind) => settings[kind] > 0).flatMap((kind) => IMAGES[kind]);
}

async function prepare(
  shell: Shell,
  image: ObservabilityImage,
  debianKey: string,
  cache: string,
  report: Report,
): Promise<ImageRecipe> {
  const { component, program } = image;
  const reference = await readReference(image);
  const dockerfileKey = await hashFiles(STAND_INS, [`${component}/Dockerfile`]);
  const built = program && (await compile(shell, program, tagOf(reference), cache, report));
  return {
    reference,
    key: hashText(debianKey, dockerfileKey, built?.key ?? ''),
    dockerfile: join(STAND_INS, component, 'Dockerfile'),
    folder: built?.folder ?? join(STAND_INS, component),
  };
}

/** The programs of the source `packages` that are compiled, for tests that run them without a cluster. */
export const COMPILED = { loki: LOKI, collector: COLLECTOR };

/**
 * Compiles a program, once for each state of its module.
 *
 * @returns its folder in the cache, and what that was made of
 */
export async function compile(
  shell: Shell,
  program: Program,
  version: string,
  cache: string,
  report: Report,
): Promise<{ readonly folder: string; readonly key: string }> {
  const { name, module, package: source } = program;
  const key = await keyOf(program, version);
  const variables = { [program.version]: version };
  const build = (target: string) =>
    buildGo(shell, { module, packages: [source], variables }, join(target, name), report);
  return { folder: await provideArtifact({ name, key, build }, cache, report), key };
}

async function keyOf({ module, package: source }: Program, version: string): Promise<string> {
  const files = ['go.mod', 'go.sum', ...(source === '.' ? ['main.go'] : [])];
  return hashText(await hashFiles(module, files), version, process.arch);
}

async function readReference({ component, manifest: name }: ObservabilityImage): Promise<string> {
  const manifest = join(APPS, component, name);
  const [, reference] = (await readFile(manifest, 'utf8')).match(/^ +image: (\S+)$/m) ?? [];
  if (!reference) throw new Error(`${manifest} names no image`);
  return reference;
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1);
}
