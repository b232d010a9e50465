import { join } from 'node:path';
import type { DockerClient } from '../lib/docker.ts';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { provideArtifact } from './artifact.ts';
import { hashText } from './content-hash.ts';

/** The label by which an image tells what it was made of. */
const RECIPE_LABEL = 'orchestrator.recipe';

/** How a container image is built. */
export interface ImageRecipe {
  /** The whole reference, with the tag. */
  readonly reference: string;
  /** Names all that goes into it; an image that carries the same key isn't built again. */
  readonly key: string;
  readonly dockerfile: string;
  /** The folder that the Dockerfile copies from. */
  readonly folder: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** What the image tells of itself besides what its Dockerfile says; no part of the recipe. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What builds images, and what the programs in a build must know of this machine's network. */
export interface ImageBuilder {
  readonly shell: Shell;
  readonly docker: DockerClient;
  /** A file of certificate authorities, given to builds as the secret `ca`. */
  readonly certificateAuthorities: string | undefined;
}

/** Builds an image unless the engine has it, made from the same recipe. */
export async function provideImage(
  builder: ImageBuilder,
  recipe: ImageRecipe,
  report: Report,
): Promise<void> {
  if ((await readRecipeKey(builder, recipe.reference)) === recipe.key) return;
  report(`building ${recipe.reference}`);
  const { certificateAuthorities } = builder;
  const secrets = certificateAuthorities ? ['--secret', `id=ca,src=${certificateAuthorities}`] : [];
  const buildArguments = formatPairs('--build-arg', recipe.buildArguments);
  const labels = formatPairs('--label', { ...recipe.labels, [RECIPE_LABEL]: recipe.key });
  await builder.shell.run(
    builder.docker.file,
    [
      ...['build', '--progress=plain', '--tag', recipe.reference, ...labels],
      ...[...secrets, ...buildArguments, '--file', recipe.dockerfile, recipe.folder],
    ],
    {
      env: { DOCKER_BUILDKIT: '1' },
      onLine: (line) => report(`${recipe.reference}: ${line.slice(0, 100)}`),
    },
  );
}

function formatPairs(option: string, pairs: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(pairs).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/** Pulls an image unless the engine has it. */
export async function pullImage(
  { shell, docker }: ImageBuilder,
  reference: string,
  report: Report,
): Promise<void> {
  if ((await shell.attempt(docker.file, ['image', 'inspect', reference])).exitCode === 0) return;
  report(`pulling ${reference}`);
  await shell.run(docker.file, ['pull', reference]);
}

/** Loads a root file system, as a tar archive, as an image. */
export async function importImage(
  builder: ImageBuilder,
  recipe: Pick<ImageRecipe, 'reference' | 'key'>,
  archive: string,
): Promise<void> {
  const change = ['--change', `LABEL ${RECIPE_LABEL}=${recipe.key}`, '--change', 'CMD ["bash"]'];
  await builder.shell.run(builder.docker.file, ['import', ...change, archive, recipe.reference]);
}

/** The ids that the engine has images under, by their references; those that it lacks are left out. */
export async function readImageIds(
  { shell, docker }: ImageBuilder,
  references: readonly string[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const reference of references) {
    const inspect = ['image', 'inspect', '--format', '{{.Id}}', reference];
    const found = await shell.attempt(docker.file, inspect);
    if (found.exitCode === 0) ids.set(reference, found.stdout.trim());
  }
  return ids;
}

/** The recipe key that an image carries; `undefined` where there is no such image. */
export async function readRecipeKey(builder: ImageBuilder, reference: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${RECIPE_LABEL}"}}`;
  const inspect = ['image', 'inspect', '--format', format, reference];
  const found = await builder.shell.attempt(builder.docker.file, inspect);
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/**
 * One archive of several images, with what they are based on, that containerd imports.
 *
 * @returns its file
 */
export async function provideImageArchive(
  builder: ImageBuilder,
  references: readonly string[],
  cache: string,
  report: Report,
): Promise<string> {
  const inspect = ['image', 'inspect', '--format', '{{.Id}}', ...references];
  const ids = await builder.shell.run(builder.docker.file, inspect);
  const build = async (folder: string) => {
    report(`saving ${references.length} images`);
    const save = ['save', '--output', join(folder, 'images.tar'), ...references];
    await builder.shell.run(builder.docker.file, save);
  };
  const artifact = { name: 'images', key: hashText(ids.stdout, ...references), build };
  return join(await provideArtifact(artifact, cache, report), 'images.tar');
}
