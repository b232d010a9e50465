import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1NetworkPolicySpec } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listServiceImages } from '../../bootstrap/artifacts/service-images.ts';
import { writeOverlays } from '../../bootstrap/cluster-folder/overlays.ts';
import { buildKustomization } from '../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { type ClusterSettings, isVagrant } from '../../bootstrap/settings/cluster-settings.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { shell } from '../support/go-tools.ts';
import { provideManifestTools } from './support/tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const PATHS_ANNOTATION = 'argocd.argoproj.io/manifest-generate-paths';

const { kustomize } = await provideManifestTools();
const local = await readClusterSettings(REPOSITORY, 'local');
let top: string;

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'repository-'));
});
afterEach(async () => await rm(top, { recursive: true }));

interface ApplicationSpec {
  readonly source: { readonly repoURL: string; readonly targetRevision: string; readonly path: string };
}

/** Writes the folder of a cluster as `create` does, and builds what its root Application consists of. */
async function build(
  git: ClusterSettings['git'],
  settings: ClusterSettings = local,
): Promise<ManagedObject[]> {
  const place = join(top, git.path);
  const cluster = { name: 'mine', folder: join(place, 'clusters', 'mine'), settings: { ...settings, git } };
  await mkdir(place, { recursive: true });
  await cp(join(REPOSITORY, 'apps'), join(place, 'apps'), { recursive: true });
  await writeOverlays(cluster, await listServiceImages(REPOSITORY, local.images));
  await mkdir(join(cluster.folder, 'secrets'));
  return await buildKustomization(shell, kustomize, cluster.folder);
}

const applicationsOf = (objects: readonly ManagedObject[]) =>
  objects
    .filter(({ kind }) => kind === 'Application')
    .map(({ metadata, spec }) => ({
      name: metadata?.name ?? '',
      paths: metadata?.annotations?.[PATHS_ANNOTATION]?.split(';') ?? [],
      source: (spec as ApplicationSpec).source,
    }));

test.each([
  { ...local.git, path: '.' },
  { ...local.git, source: 'git@github.com:you/fork.git', branch: 'live', path: 'deploy/orchestrator' },
])('every Application of $source is where it says, at $path', async (git) => {
  const applications = applicationsOf(await build(git));
  expect(applications.length).toBeGreaterThan(8);
  for (const { source, paths } of applications) {
    expect(source.targetRevision).toBe(git.branch);
    expect((await stat(join(top, source.path))).isDirectory()).toBe(true);
    // Argo CD takes a path without a slash before it from the Application's own.
    for (const path of paths) await stat(join(top, source.path, path));
  }
});

test('the projects allow the repository that is followed, and no other', async () => {
  const source = 'https://github.com/you/fork';
  const projects = (await build({ ...local.git, source })).filter(({ kind }) => kind === 'AppProject');
  expect(projects.map(({ spec }) => (spec as { sourceRepos: string[] }).sourceRepos)).toEqual([
    [source],
    [source],
    // Argo CD's own project, `default`, may follow none.
    [],
    [source],
  ]);
});

test('only a cluster with a git server of its own deploys one', async () => {
  const names = async (source: string) => {
    const built = await build({ ...local.git, source });
    return applicationsOf(built).map(({ name }) => name);
  };
  expect(await names('cluster')).toContain('git-server');
  await rm(join(top, 'clusters'), { recursive: true });
  const elsewhere = await names('https://github.com/you/fork');
  expect(elsewhere).not.toContain('git-server');
  expect(elsewhere).toContain('api-gateway');
});

/** Where what works with the API server may go, in each namespace. */
const controlPlanesOf = (objects: readonly ManagedObject[]) =>
  objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata?.name === 'control-plane')
    .map(({ spec }) => (spec as V1NetworkPolicySpec).egress ?? [])
    .map(([rule, ...others]) => {
      expect(others).toEqual([]);
      return {
        to: rule?.to?.map(({ ipBlock }) => ipBlock?.cidr),
        ports: rule?.ports?.map(({ port }) => port),
      };
    });

test('the API server is named by the address of this cluster', async () => {
  if (!isVagrant(local.machines)) throw new Error('clusters/local is made by Vagrant');
  const place = { to: [`${local.machines.master.address}/32`], ports: [6443] };
  expect(controlPlanesOf(await build(local.git))).toEqual([place, place, place]);
});

test.each(['existing', 'eks'])(
  'the API server of %s may be anywhere, at the ports that it has',
  async (name) => {
    const settings = await readClusterSettings(REPOSITORY, name);
    const place = { to: ['0.0.0.0/0'], ports: [6443, 443] };
    expect(controlPlanesOf(await build(settings.git, settings))).toEqual([place, place, place]);
  },
);

test.each(['existing', 'eks'])('the dashboard of %s is not open to the world', async (name) => {
  const folder = join(REPOSITORY, 'clusters', name, 'apps', 'dashboard');
  const service = (await buildKustomization(shell, kustomize, folder)).find(({ kind }) => kind === 'Service');
  expect(service?.spec).toMatchObject({ type: 'ClusterIP' });
});
