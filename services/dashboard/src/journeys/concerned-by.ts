import { join } from 'node:path/posix';
import type { ApplicationObject } from '../cluster/objects.ts';

const pathsAnnotation = 'argocd.argoproj.io/manifest-generate-paths';

/**
 * Tells whether changed files are what an Application is made from, as Argo CD decides it when a webhook tells of them.
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#manifest-paths-annotation
 */
export function isConcernedBy({ metadata, spec }: ApplicationObject, files: readonly string[]): boolean {
  const annotation = metadata.annotations?.[pathsAnnotation];
  if (annotation === undefined) return true;
  const sourcePath = spec?.source?.path ?? '';
  const paths = annotation
    .split(';')
    .filter((path) => path !== '')
    .map((path) => (path.startsWith('/') ? join('.', path) : join(sourcePath, path)).replace(/\/$/, ''));
  return files.some((file) =>
    paths.some((path) => file === path || path === '.' || file.startsWith(`${path}/`)),
  );
}
