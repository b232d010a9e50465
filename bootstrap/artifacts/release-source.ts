import { chmod, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { provideArtifact } from './artifact.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { hashText } from './content-hash.ts';
import { type Download, provideDownload } from './download.ts';
import { VERSIONS } from './versions.ts';

const K3S = `https://github.com/k3s-io/k3s/releases/download/${encodeURIComponent(VERSIONS.k3s)}`;
const KUBECTL = `https://dl.k8s.io/release/${VERSIONS.kubernetes}/bin`;
const SEALED_SECRETS = `https://github.com/bitnami-labs/sealed-secrets/releases/download/v${VERSIONS.sealedSecrets}`;
const KUSTOMIZE = `https://github.com/kubernetes-sigs/kustomize/releases/download/${encodeURIComponent(`kustomize/${VERSIONS.kustomize}`)}`;
const ARGO_CD = `https://raw.githubusercontent.com/argoproj/argo-cd/${VERSIONS.argoCd.release}/manifests`;

/** Everything from the official releases; images are pulled by the nodes themselves. */
export function createReleaseSource(context: Pick<Context, 'directories' | 'system'>): ArtifactSource {
  const { cache } = context.directories;
  const { architecture, platform } = context.system;
  const host = `${platform}-${architecture}`;
  const readManifest = async (download: Download, report: Report) =>
    await readFile(await provideDownload(download, cache, report), 'utf8');
  return {
    name: 'release',
    async provideK3s(report) {
      // Machines are of the host's architecture, whatever its operating system.
      const name = architecture === 'amd64' ? 'k3s' : `k3s-${architecture}`;
      const checksumUrl = `${K3S}/sha256sum-${architecture}.txt`;
      return await provideDownload({ url: `${K3S}/${name}`, checksumUrl }, cache, report);
    },
    async provideTools(report) {
      const kubectl = `${KUBECTL}/${platform}/${architecture}/kubectl`;
      const kubeseal = `kubeseal-${VERSIONS.sealedSecrets}-${host}.tar.gz`;
      const kustomize = `kustomize_${VERSIONS.kustomize}_${platform}_${architecture}.tar.gz`;
      const sealedSums = `${SEALED_SECRETS}/sealed-secrets_${VERSIONS.sealedSecrets}_checksums.txt`;
      return {
        kubectl: await provideProgram(
          'kubectl',
          { url: kubectl, checksumUrl: `${kubectl}.sha256` },
          cache,
          report,
        ),
        kubeseal: await provideProgram(
          'kubeseal',
          { url: `${SEALED_SECRETS}/${kubeseal}`, checksumUrl: sealedSums },
          cache,
          report,
        ),
        kustomize: await provideProgram(
          'kustomize',
          { url: `${KUSTOMIZE}/${kustomize}`, checksumUrl: `${KUSTOMIZE}/checksums.txt` },
          cache,
          report,
        ),
      };
    },
    async provideManifests(report) {
      return {
        argoCd: await readManifest({ url: `${ARGO_CD}/install.yaml` }, report),
        sealedSecrets: await readManifest({ url: `${SEALED_SECRETS}/controller.yaml` }, report),
      };
    },
    provideBaseImages: () => Promise.resolve('pulled'),
    provideImageArchives: () => Promise.resolve(new Map()),
  };
}

/** A program on its own or in an archive, ready to be run. */
async function provideProgram(
  name: string,
  download: Download,
  cache: string,
  report: Report,
): Promise<string> {
  const source = await provideDownload(download, cache, report);
  const build = async (folder: string) => {
    const program = join(folder, name);
    if (source.endsWith('.tar.gz'))
      await extract({ file: source, cwd: folder, filter: (path) => path.endsWith(name) });
    else await copyFile(source, program);
    await chmod(program, 0o755);
  };
  const folder = await provideArtifact({ name: 'tools', key: hashText(download.url), build }, cache, report);
  return join(folder, name);
}
