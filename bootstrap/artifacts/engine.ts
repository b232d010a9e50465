import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { provideArtifact } from './artifact.ts';
import { hashFiles, hashText, listFiles } from './content-hash.ts';
import { buildGo } from './go-build.ts';
import { type ImageBuilder, provideImage } from './image.ts';
import { VERSIONS } from './versions.ts';

/** The Go module that K3s is assembled from; its README says of what. */
export const ENGINE_MODULE = join(import.meta.dirname, '..', 'engine');

const BUSYBOX_IMAGE = 'rancher/mirrored-library-busybox:1.37.0';

const PROGRAMS = [
  ...['./cmd/k3s', './cmd/coredns', './cmd/pause', './cmd/pack', './cmd/images'],
  ...['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
    (name) => `github.com/containerd/containerd/v2/cmd/${name}`,
  ),
  ...['ipam/host-local', 'main/loopback', 'main/ptp', 'meta/portmap'].map(
    (name) => `github.com/containernetworking/plugins/plugins/${name}`,
  ),
  'sigs.k8s.io/metrics-server/cmd/metrics-server',
  'github.com/bitnami/sealed-secrets/cmd/controller',
  'github.com/bitnami/sealed-secrets/cmd/kubeseal',
];

/**
 * Programs that are compiled one by one: kustomize's would be named after the version of its module, and
 * local-path-provisioner imports a logger under a spelling that no other program may be compiled beside.
 */
const SINGLE_PROGRAMS = {
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
  'local-path-provisioner': 'github.com/rancher/local-path-provisioner',
};

/** What the engine's module gives. */
export interface EngineBuild {
  /** The file that is installed on machines as k3s. */
  readonly k3s: string;
  /** The folder of the single programs, kubeseal and kustomize among them. */
  readonly programs: string;
  /** The folder of image archives, one file an image. */
  readonly images: string;
  /** Names what it was built from. */
  readonly key: string;
}

/** Names what K3s is built from. */
export async function engineKey(): Promise<string> {
  const isLeftOut = (path: string) => path.endsWith('_test.go') || path.endsWith('.md');
  const sources = await hashFiles(ENGINE_MODULE, await listFiles(ENGINE_MODULE, isLeftOut));
  return hashText(sources, VERSIONS.kubernetes, process.arch, ...PROGRAMS);
}

/** Compiles K3s and what belongs to it from Go modules. */
export async function buildEngine(shell: Shell, cache: string, report: Report): Promise<EngineBuild> {
  const key = await engineKey();
  const folder = await provideArtifact(
    { name: 'engine', key, build: (target) => assemble(shell, target, report) },
    cache,
    report,
  );
  return { ...partsOf(folder), key };
}

function partsOf(folder: string): Omit<EngineBuild, 'key'> {
  return { k3s: join(folder, 'k3s'), programs: join(folder, 'bin'), images: join(folder, 'images') };
}

async function assemble(shell: Shell, folder: string, report: Report): Promise<void> {
  const { k3s, programs, images } = partsOf(folder);
  await mkdir(programs);
  await mkdir(images);
  const variables = { 'k8s.io/component-base/version.gitVersion': `${VERSIONS.kubernetes}+packages` };
  const build = { module: ENGINE_MODULE, variables };
  await buildGo(shell, { ...build, packages: PROGRAMS }, `${programs}/`, report);
  for (const [name, source] of Object.entries(SINGLE_PROGRAMS)) {
    await buildGo(shell, { ...build, packages: [source] }, join(programs, name), report);
  }
  report('packing k3s');
  const pack = ['-programs', programs, '-output', k3s, '-engine', ENGINE_MODULE];
  await shell.run(join(programs, 'pack'), pack, { cwd: ENGINE_MODULE, env: { GOFLAGS: '-buildvcs=false' } });
  await shell.run(join(programs, 'images'), ['-programs', programs, '-output', images]);
}

/** Makes the one image of the engine that is no single program: the helper of local-path-provisioner. */
export async function provideBusyboxImage(
  builder: ImageBuilder,
  debianKey: string,
  report: Report,
): Promise<string> {
  const folder = join(ENGINE_MODULE, 'images', 'busybox');
  const key = hashText(debianKey, await hashFiles(folder, ['Dockerfile']));
  const dockerfile = join(folder, 'Dockerfile');
  await provideImage(builder, { reference: BUSYBOX_IMAGE, key, dockerfile, folder }, report);
  return BUSYBOX_IMAGE;
}
