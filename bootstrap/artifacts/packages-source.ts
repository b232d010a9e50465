import { readdir, readFile, symlink } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { once } from '../lib/once.ts';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { argoCdKey, buildArgoCd, provideArgoCdImages } from './argocd.ts';
import { provideArtifact } from './artifact.ts';
import type { ArtifactSource, Manifests, Tools } from './artifact-source.ts';
import { DEBIAN_IMAGE, NODE_IMAGE, provideDebianImage, provideNodeImage } from './base-images.ts';
import { hashText } from './content-hash.ts';
import { buildEngine, type EngineBuild, engineKey, provideBusyboxImage } from './engine.ts';
import { type ImageBuilder, provideImageArchive } from './image.ts';
import {
  type ObservabilitySettings,
  observabilityKeys,
  provideObservabilityImages,
} from './observability.ts';
import { renderSealedSecrets, sealedSecretsKey } from './sealed-secrets.ts';

/**
 * Everything built from package registries alone: Go modules, Debian packages, npm packages.
 *
 * @param observability what keeps logs and metrics is built only where there is to be some
 */
export function createPackagesSource(
  shell: Shell,
  findBuilder: () => Promise<ImageBuilder>,
  cache: string,
  observability: ObservabilitySettings,
): ArtifactSource {
  // The first caller's report is told what is done; others wait for the same work.
  let report: Report = () => {};
  const engine = once(() => buildEngine(shell, cache, report));
  const argoCd = once(() => buildArgoCd(shell, cache, report));
  const told =
    <T>(work: () => Promise<T>) =>
    async (newReport: Report) => {
      report = newReport;
      return await work();
    };
  const provideControllerImages = async () => {
    const builder = await findBuilder();
    const debianKey = await provideDebianImage(builder, cache, report);
    const argoCdImages = await provideArgoCdImages(builder, await argoCd(), debianKey, report);
    return [
      await provideBusyboxImage(builder, debianKey, report),
      ...argoCdImages,
      ...(await provideObservabilityImages(builder, observability, debianKey, cache, report)),
    ];
  };
  return {
    name: 'packages',
    provideK3s: told(async () => (await engine()).k3s),
    provideCosign: () => Promise.reject(new Error('signatures are refused with this source')),
    provideTools: told(async () => provideTools(await engine(), cache, report)),
    provideManifests: told(async () => provideManifests(shell, (await argoCd()).folder, cache, report)),
    provideBaseImages: told(async () => await provideNodeImage(await findBuilder(), cache, report)),
    provideImageArchives: told(async () => {
      const images = await provideControllerImages();
      const controllers = await provideImageArchive(await findBuilder(), images, cache, report);
      return new Map([...(await listArchives((await engine()).images)), ['controllers', controllers]]);
    }),
    listArtifacts: async () => [
      `engine/${await engineKey()}`,
      `argocd/${await argoCdKey()}`,
      `sealed-secrets/${await sealedSecretsKey()}`,
      ...(await observabilityKeys(observability)),
    ],
    listImages: told(async () => {
      await provideNodeImage(await findBuilder(), cache, report);
      return [DEBIAN_IMAGE, NODE_IMAGE, ...(await provideControllerImages())];
    }),
  };
}

/** @param argoCd the folder of what was compiled of Argo CD, and of the Helm that it calls */
async function provideManifests(
  shell: Shell,
  argoCd: string,
  cache: string,
  report: Report,
): Promise<Manifests> {
  return {
    argoCd: await readFile(join(argoCd, 'install.yaml'), 'utf8'),
    sealedSecrets: await renderSealedSecrets(shell, async () => join(argoCd, 'bin', 'helm'), cache, report),
  };
}

/** k3s is kubectl, too, when it is called by that name. */
async function provideTools(engine: EngineBuild, cache: string, report: Report): Promise<Tools> {
  const build = async (folder: string) => {
    await symlink(engine.k3s, join(folder, 'kubectl'));
    for (const name of ['kubeseal', 'kustomize'])
      await symlink(join(engine.programs, name), join(folder, name));
  };
  const folder = await provideArtifact({ name: 'tools', key: hashText(engine.key), build }, cache, report);
  return {
    kubectl: join(folder, 'kubectl'),
    kubeseal: join(folder, 'kubeseal'),
    kustomize: join(folder, 'kustomize'),
  };
}

async function listArchives(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder);
  return new Map(files.map((file) => [parse(file).name, join(folder, file)]));
}
