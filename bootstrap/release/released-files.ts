import { join } from 'node:path';
import { createInputFilter } from '../artifacts/image-inputs.ts';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import { listUncommitted } from '../lib/git.ts';
import type { Shell } from '../lib/shell.ts';

const SERVICES = 'services/';

/**
 * The files that are not committed yet and belong into the commit of a release: all of the services' own
 * folders, and what their images take from elsewhere in services/. So the commit has what the images were
 * made of, and reverting it takes back both.
 *
 * @param all every image of ours
 * @param released those that are released
 * @returns paths in the clone
 * @throws UserError when such a file goes into the image of a service that is not released, too
 */
export async function listReleasedFiles(
  shell: Shell,
  clone: string,
  all: readonly ServiceImage[],
  released: readonly ServiceImage[],
): Promise<string[]> {
  const uncommitted = await listUncommitted(shell, clone, SERVICES);
  if (uncommitted.length === 0) return [];
  const goesInto = new Map<string, (path: string) => boolean>();
  for (const { name } of all)
    goesInto.set(name, await createInputFilter(join(clone, SERVICES), `${name}/Dockerfile`));
  const usersOf = (path: string) =>
    all.filter(({ name }) => goesInto.get(name)?.(path.slice(SERVICES.length))).map(({ name }) => name);
  const names = released.map(({ name }) => name);
  const belongs = (path: string) =>
    names.some((name) => path.startsWith(`${SERVICES}${name}/`)) ||
    usersOf(path).some((name) => names.includes(name));
  const files = uncommitted.filter(belongs);
  const shared = files.filter((path) => usersOf(path).some((name) => !names.includes(name)));
  if (shared.length === 0) return files;
  const others = [...new Set(shared.flatMap(usersOf))].filter((name) => !names.includes(name));
  throw new UserError(
    `What is not committed of ${shared.join(', ')} goes into ${others.join(', ')}, too.`,
    `Release them together: ./orchestrator.sh release ${[...names, ...others].join(' ')}; or commit these files yourself first.`,
  );
}
