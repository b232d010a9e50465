import { readFile, stat } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import { Copy, DockerfileParser } from 'dockerfile-ast';
import ignore, { type Ignore } from 'ignore';
import { hashFiles, listFiles } from './content-hash.ts';

/**
 * The files of the build context that go into an image: what the Dockerfile's COPY instructions name and
 * .dockerignore doesn't leave out, and the Dockerfile itself.
 *
 * @param context the folder that is the build context
 * @param dockerfile its path relative to the context
 * @returns paths relative to the context
 */
export async function listImageInputs(context: string, dockerfile: string): Promise<string[]> {
  const sources = readCopySources(await readFile(join(context, dockerfile), 'utf8'));
  const ignored = await readIgnoreRules(context);
  const files = await Promise.all(sources.map((source) => expand(context, source)));
  const inputs = files.flat().filter((file) => !ignored.ignores(file));
  return [...new Set([dockerfile, ...inputs])].sort();
}

/**
 * Tells of a path whether what is, or was, there goes into an image: also of a file that is gone, which
 * {@link listImageInputs} can't name any more.
 *
 * @returns a function of a path relative to the context
 */
export async function createInputFilter(
  context: string,
  dockerfile: string,
): Promise<(path: string) => boolean> {
  const sources = readCopySources(await readFile(join(context, dockerfile), 'utf8')).map((source) =>
    normalize(source).replace(/\/$/, ''),
  );
  const ignored = await readIgnoreRules(context);
  return (path) =>
    path === dockerfile ||
    (sources.some((source) => path === source || path.startsWith(`${source}/`)) && !ignored.ignores(path));
}

/** The tag of an image: named after what goes into it, so that equal content has an equal tag. */
export async function deriveImageTag(context: string, dockerfile: string): Promise<string> {
  return await hashFiles(context, await listImageInputs(context, dockerfile));
}

/** What a Dockerfile copies out of the build context, as written; copies between stages don't count. */
export function readCopySources(dockerfile: string): string[] {
  return DockerfileParser.parse(dockerfile)
    .getInstructions()
    .filter((instruction) => instruction instanceof Copy)
    .filter((copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
    .flatMap((copy) => copy.getArguments().slice(0, -1))
    .map((argument) => argument.getValue());
}

async function readIgnoreRules(context: string): Promise<Ignore> {
  return ignore().add(await readFile(join(context, '.dockerignore'), 'utf8').catch(() => ''));
}

async function expand(context: string, source: string): Promise<string[]> {
  if (/[*?[]/.test(source))
    throw new Error(`COPY ${source}: patterns are not understood here; name the files.`);
  const path = join(context, source);
  if ((await stat(path)).isFile()) return [relative(context, path)];
  const isLeftOut = (file: string) => file.split('/').includes('node_modules');
  return (await listFiles(path, isLeftOut)).map((file) => relative(context, join(path, file)));
}
