import type { Download } from './published-checksum.ts';
import { VERSIONS } from './versions.ts';

const K3S = `https://github.com/k3s-io/k3s/releases/download/${encodeURIComponent(VERSIONS.k3s)}`;
const KUBECTL = `https://dl.k8s.io/release/${VERSIONS.kubernetes}/bin`;
const SEALED_SECRETS = `https://github.com/bitnami/sealed-secrets/releases/download/v${VERSIONS.sealedSecrets}`;
const KUSTOMIZE = `https://github.com/kubernetes-sigs/kustomize/releases/download/${encodeURIComponent(`kustomize/${VERSIONS.kustomize}`)}`;
const ARGO_CD = `https://raw.githubusercontent.com/argoproj/argo-cd/${VERSIONS.argoCd.release}/manifests`;

const COSIGN = `https://github.com/sigstore/cosign/releases/download/${VERSIONS.cosign}`;

/** What a program is built for, by Go's names. */
export interface Target {
  readonly platform: string;
  readonly architecture: string;
}

/** What the checksums in the repository are of: each operating system and processor that this program runs on. */
export const TARGETS: readonly Target[] = ['linux', 'darwin'].flatMap((platform) =>
  ['amd64', 'arm64'].map((architecture) => ({ platform, architecture })),
);

/** Everything that the source `release` downloads, by what it is. */
export type ReleaseDownloads = Readonly<
  Record<'k3s' | 'kubectl' | 'kubeseal' | 'kustomize' | 'argoCd' | 'sealedSecrets', Download>
>;

/**
 * Where the images are offered that K3s itself starts, for machines that can't pull them
 * (https://docs.k3s.io/installation/airgap).
 */
export function k3sImagesDownload({ architecture }: Target): Download {
  return {
    url: `${K3S}/k3s-airgap-images-${architecture}.tar.zst`,
    checksumUrl: `${K3S}/sha256sum-${architecture}.txt`,
  };
}

/** Where cosign is offered, which verifies images on machines that ask for signatures. */
export function cosignDownload({ architecture }: Target): Download {
  return { url: `${COSIGN}/cosign-linux-${architecture}`, checksumUrl: `${COSIGN}/cosign_checksums.txt` };
}

/**
 * Where the pinned versions are offered.
 *
 * @param host what the tools are to run on; machines are of its architecture, whatever its operating system
 */
export function listReleaseDownloads({ platform, architecture }: Target): ReleaseDownloads {
  const kubectl = `${KUBECTL}/${platform}/${architecture}/kubectl`;
  const kubeseal = `kubeseal-${VERSIONS.sealedSecrets}-${platform}-${architecture}.tar.gz`;
  const kustomize = `kustomize_${VERSIONS.kustomize}_${platform}_${architecture}.tar.gz`;
  return {
    k3s: {
      url: `${K3S}/${architecture === 'amd64' ? 'k3s' : `k3s-${architecture}`}`,
      checksumUrl: `${K3S}/sha256sum-${architecture}.txt`,
    },
    kubectl: { url: kubectl, checksumUrl: `${kubectl}.sha256` },
    kubeseal: {
      url: `${SEALED_SECRETS}/${kubeseal}`,
      checksumUrl: `${SEALED_SECRETS}/sealed-secrets_${VERSIONS.sealedSecrets}_checksums.txt`,
    },
    kustomize: { url: `${KUSTOMIZE}/${kustomize}`, checksumUrl: `${KUSTOMIZE}/checksums.txt` },
    // Of manifests, their publishers name no checksums.
    argoCd: { url: `${ARGO_CD}/install.yaml` },
    sealedSecrets: { url: `${SEALED_SECRETS}/controller.yaml` },
  };
}
