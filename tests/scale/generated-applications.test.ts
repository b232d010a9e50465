import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { buildKustomization } from '../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { formatManifest } from '../../bootstrap/lib/manifests.ts';
import { podsOf } from '../manifests/support/pods.ts';
import { provideSchemas } from '../manifests/support/schemas.ts';
import { provideManifestTools, providePodSecurity } from '../manifests/support/tools.ts';
import { shell } from '../support/go-tools.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import {
  APPLICATIONS_LIST,
  formatSettings,
  generateApplications,
  listGenerated,
  listNames,
  settingsFile,
} from './generated-applications.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const NAMES = listNames(3);

const { kustomize, kubeconform } = await provideManifestTools();
const list = await readFile(join(REPOSITORY, APPLICATIONS_LIST), 'utf8');

/** The repository's apps/ and its cluster `local`, with three generated Applications. */
async function makeRepository(): Promise<string> {
  const folder = await makeTemporaryFolder('scale-');
  for (const path of ['apps', 'clusters/local'])
    await cp(join(REPOSITORY, path), join(folder, path), { recursive: true });
  await write(folder, generateApplications('local', NAMES.length));
  await write(folder, new Map([[APPLICATIONS_LIST, listGenerated(list)]]));
  return folder;
}

async function write(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const build = (folder: string, path: string) => buildKustomization(shell, kustomize, join(folder, path));
const listKinds = (objects: readonly ManagedObject[]) => objects.map(({ kind }) => kind).sort();

test('the root Application makes them, in a project that lets them be, each with what it is made from', async () => {
  const objects = await build(await makeRepository(), 'clusters/local');
  const applications = objects.filter((one) => NAMES.includes(one.metadata?.name ?? ''));
  const own = objects.find((one) => one.kind === 'Application' && one.metadata?.name === 'api-gateway');
  expect(applications.map(({ metadata }) => metadata?.name)).toEqual(NAMES);
  for (const { metadata, spec } of applications) {
    const name = metadata?.name ?? '';
    // All but the name is as in one of ours.
    const expected = JSON.parse(JSON.stringify([own?.metadata, own?.spec]).replaceAll('api-gateway', name));
    expect([metadata, spec]).toEqual(expected);
  }
});

test('each is valid, pods are as the namespace wants them, and none is started', async () => {
  const folder = await makeRepository();
  const findRefusals = await providePodSecurity();
  for (const name of NAMES) {
    const objects = await build(folder, `clusters/local/apps/${name}`);
    expect(listKinds(objects)).toEqual(['ConfigMap', 'Deployment']);
    expect(objects.map(({ metadata }) => metadata?.namespace)).toEqual(['movies', 'movies']);
    const schemas = await provideSchemas();
    const options = ['-strict', '-schema-location', schemas, '-summary'];
    const valid = await shell.attempt(kubeconform, options, { input: formatManifest(objects) });
    expect(valid.stdout).toContain('Invalid: 0, Errors: 0, Skipped: 0');
    const pods = objects.flatMap(podsOf);
    expect(pods).toHaveLength(1);
    expect(await findRefusals(pods.map(({ spec }) => ({ spec })))).toEqual(['']);
    expect(objects.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({ replicas: 0 });
  }
});

test('a commit that touches one changes that one, and no other', async () => {
  const folder = await makeRepository();
  const buildAll = () => Promise.all(NAMES.map((name) => build(folder, `clusters/local/apps/${name}`)));
  const before = await buildAll();
  await write(folder, new Map([[settingsFile('generated-002'), formatSettings('another')]]));
  const after = await buildAll();
  expect(after[0]).toEqual(before[0]);
  expect(after[1]).not.toEqual(before[1]);
  expect(after[2]).toEqual(before[2]);
});

test('the list of Applications is longer by a line, however often they are added', () => {
  const added = listGenerated(list);
  expect(listGenerated(added)).toBe(added);
  const lines = added.split('\n');
  expect(lines.filter((line) => line !== '  - generated').join('\n')).toBe(list);
  expect(lines).toContain('  - generated');
});

test('a list without resources is refused', () => {
  expect(() => listGenerated('kind: Kustomization\n')).toThrow('no list of resources');
});
