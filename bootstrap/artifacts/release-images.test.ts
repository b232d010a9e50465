import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { OfflineError } from '../lib/offline-shell.ts';
import { readEnvironment } from '../settings/environment.ts';
import { DOWNLOAD_LIMITS } from './download-settings.ts';
import { listImagesOf, withCarriedImages } from './release-images.ts';
import { createReleaseSource } from './release-source.ts';

test('images are found wherever something runs in a pod, and nowhere else', () => {
  const deployment = parse(`
    kind: Deployment
    metadata: { annotations: { image: not-this:1 } }
    spec:
      template:
        spec:
          initContainers: [{ name: copy, image: quay.io/argoproj/argocd:v3.5.7 }]
          containers:
            - { name: server, image: quay.io/argoproj/argocd:v3.5.7 }
            - { name: cache, image: 'redis:8@sha256:abc' }
  `);
  const cronJob = parse(`
    kind: CronJob
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: a, image: backup:1 }] } } } } }
  `);
  const definition = parse(`
    kind: CustomResourceDefinition
    spec: { schema: { properties: { containers: { items: { properties: { image: { type: string } } } } } } }
  `);
  expect(listImagesOf([deployment, cronJob, definition])).toEqual([
    'backup:1',
    'quay.io/argoproj/argocd:v3.5.7',
    'redis:8@sha256:abc',
  ]);
});

describe('a release without a network', () => {
  const noOthers = () => Promise.resolve([]);
  const noBuilder = () => Promise.reject(new Error('nothing is built here'));
  const createContext = async () => ({
    environment: readEnvironment({}),
    directories: { cache: await makeTemporaryFolder('release-'), data: '', log: '', config: '' },
    system: { platform: 'linux', architecture: 'amd64', isDebian: true, isRoot: false } as const,
    isOffline: true,
  });

  test('names what the cache lacks, at once, and asks nobody for it', async () => {
    const context = await createContext();
    const source = withCarriedImages(createReleaseSource(context), context, noBuilder, noOthers);
    const missing = { provideK3s: /\/k3s$/, provideImageArchives: /k3s-airgap-images-amd64\.tar\.zst$/ };
    for (const [method, url] of Object.entries(missing)) {
      const error = await source[method as keyof typeof missing](() => {}).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(OfflineError);
      expect(error.message).toMatch(url);
    }
  });

  test('needs all downloads, and the images of K3s', async () => {
    const context = await createContext();
    const source = withCarriedImages(createReleaseSource(context), context, noBuilder, noOthers);
    const names = (await source.listArtifacts()).map((path) => path.replace(/^downloads\/[0-9a-f]{12}-/, ''));
    expect(names).toContain('k3s');
    expect(names).toContain('k3s-airgap-images-amd64.tar.zst');
    expect(names).toHaveLength(7);
  });

  test('says of the images of K3s, too, that only their publisher vouches for them', async () => {
    const context = await createContext();
    const source = withCarriedImages(
      createReleaseSource(context),
      context,
      noBuilder,
      noOthers,
      DOWNLOAD_LIMITS,
      {},
    );
    expect(source.remark).toMatch(/vouches for k3s, .*k3s-airgap-images-amd64\.tar\.zst; npm run checksums/);
  });
});
