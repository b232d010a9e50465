import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildKustomization } from '../../bootstrap/lib/kustomize.ts';
import type { ApplicationObject } from '../../services/dashboard/src/cluster/objects.ts';
import { isConcernedBy } from '../../services/dashboard/src/journeys/concerned-by.ts';
import { shell } from '../support/go-tools.ts';
import { WITH_ADDONS } from './support/built-manifests.ts';
import { provideManifestTools } from './support/tools.ts';

/*
 * A push makes Argo CD look at those Applications alone whose annotation names a file that it changes. One that lacks a
 * file which the Application is made from would stay as it is, and nobody would be told.
 */

const REPOSITORY = join(import.meta.dirname, '..', '..');
const { kustomize } = await provideManifestTools();
const clusters = await Array.fromAsync(glob('clusters/*', { cwd: REPOSITORY }));

interface Looked {
  readonly application: ApplicationObject;
  /** Where its kustomization is. */
  readonly folder: string;
}

const pathOf = ({ spec }: ApplicationObject) => spec?.source?.path ?? '';

/** The Applications that a root makes, itself included. */
async function listApplications(root: string): Promise<Looked[]> {
  const objects = await buildKustomization(shell, kustomize, join(REPOSITORY, root));
  const applications = objects.filter(
    ({ kind }) => kind === 'Application',
  ) as object[] as ApplicationObject[];
  return applications.map((application) => {
    const isRoot = application.metadata.name === 'root';
    return { application, folder: isRoot ? root : pathOf(application) };
  });
}

const looked = (await Promise.all([...clusters.sort(), WITH_ADDONS].map(listApplications))).flat();
/** It stands for what `create` writes into the folder of the cluster. */
const asInCluster = (file: string) => file.replace(`${WITH_ADDONS}/`, 'clusters/local/');

/** All strings in a document. */
function listStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(listStrings);
}

/** The files that kustomize reads for a folder, from the repository's, by what the kustomizations in it name. */
async function listInputs(folder: string, seen = new Set<string>()): Promise<string[]> {
  const file = join(folder, 'kustomization.yaml');
  // What is no path, such as a delimiter, may name the folder itself.
  if (seen.has(file)) return [];
  seen.add(file);
  const kustomization = await readFile(join(REPOSITORY, file), 'utf8').catch(() => undefined);
  if (kustomization === undefined) return [];
  const inputs = [file];
  for (const text of listStrings(parse(kustomization))) {
    const path = join(folder, text.replace(/^[\w.-]+=/, ''));
    const found = await stat(join(REPOSITORY, path)).catch(() => undefined);
    if (found?.isFile()) inputs.push(path);
    if (found?.isDirectory()) inputs.push(...(await listInputs(path.replace(/\/$/, ''), seen)));
  }
  return inputs;
}

test('what an Application is made from is found', async () => {
  const inputs = await listInputs('clusters/local/apps/billing-database');
  expect(inputs).toContain('apps/database/statefulset.yaml');
  expect(inputs).toContain('apps/billing-database/config.env');
  expect((await listInputs('clusters/local')).length).toBeGreaterThan(50);
});

test('the Applications of add-ons are among them, and the root that has add-ons', () => {
  expect(looked.map(({ folder }) => folder)).toEqual(
    expect.arrayContaining(['clusters/local/apps/headlamp', 'clusters/local/apps/grafana', WITH_ADDONS]),
  );
});

describe.each(looked)('the Application of $folder', ({ application, folder }) => {
  test('is looked at when anything changes that it is made from', async () => {
    const inputs = (await listInputs(folder)).map(asInCluster);
    const missed = inputs.filter((file) => !isConcernedBy(application, [file]));
    expect(missed).toEqual([]);
  });

  test('is not looked at when another component changes', () => {
    const other = pathOf(application).endsWith('/rabbitmq') ? 'query-api' : 'rabbitmq';
    expect(isConcernedBy(application, [`apps/${other}/config.env`])).toBe(false);
  });
});
