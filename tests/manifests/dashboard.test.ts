import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINE_MODULE } from '../../bootstrap/artifacts/engine.ts';
import { findModuleFolder } from '../../bootstrap/artifacts/go-build.ts';
import { connectKubernetes, type KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import { buildKustomization } from '../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { parseManifest } from '../../bootstrap/lib/manifests.ts';
import { ObjectStore } from '../../services/dashboard/src/cluster/cluster-objects.ts';
import type { ConnectionState } from '../../services/dashboard/src/cluster/cluster-source.ts';
import {
  connectKubernetesApi,
  type KubernetesApi,
} from '../../services/dashboard/src/cluster/kubernetes-api.ts';
import { watchKubernetes } from '../../services/dashboard/src/cluster/kubernetes-source.ts';
import { listWatchedPaths } from '../../services/dashboard/src/cluster/watched-paths.ts';
import { createLogger } from '../../services/service-runtime/src/logging/create-logger.ts';
import { ApiServer, BUILD_TIMEOUT_MS } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/go-tools.ts';
import { provideManifestTools } from './support/tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const NAMESPACES = ['movies', 'git', 'argocd', 'observability', 'node-agents'];
const logger = createLogger({ service: 'dashboard', version: '0', level: 'silent' });

/** The API server itself, compiled where that was not done before. */
let server: ApiServer;
let folder: string;
let admin: KubernetesClient;
/** As whom the dashboard asks. */
let api: KubernetesApi;

beforeAll(async () => {
  server = await ApiServer.start();
  folder = await mkdtemp(join(tmpdir(), 'dashboard-access-'));
  admin = connectKubernetes(server.kubeconfig);
  const { kustomize } = await provideManifestTools();
  const build = (path: string) => buildKustomization(shell, kustomize, join(REPOSITORY, path));
  const account = (await build('clusters/local/apps/dashboard')).filter(
    ({ kind }) => kind === 'ServiceAccount',
  );
  const namespaces = NAMESPACES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  await admin.apply([...namespaces, ...(await readDefinitions())], 'test');
  await admin.apply([...account, ...(await build('apps/access'))], 'test');
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfigOf(await createToken()));
  api = connectKubernetesApi(kubeconfig);
  // A new kind is served a moment after its definition is there.
  const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
  await eventually(
    { description: 'Applications', timeoutMs: 30_000 },
    async () => (await get(applications)).ok,
  );
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true });
});

/** Argo CD's own definition of what an Application is. */
async function readDefinitions(): Promise<ManagedObject[]> {
  const module = join(ENGINE_MODULE, '..', 'artifacts', 'argocd');
  const source = await findModuleFolder(shell, module, 'github.com/argoproj/argo-cd/v3');
  const files = await Array.fromAsync(glob('manifests/crds/application-crd.yaml', { cwd: source }));
  const texts = await Promise.all(files.map((file) => readFile(join(source, file), 'utf8')));
  return texts.flatMap(parseManifest);
}

function adminConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  return config;
}

async function createToken(): Promise<string> {
  const body = { spec: { audiences: ['https://kubernetes.default.svc'] } };
  const core = adminConfig().makeApiClient(CoreV1Api);
  const { status } = await core.createNamespacedServiceAccountToken({
    name: 'dashboard',
    namespace: 'movies',
    body,
  });
  return status?.token ?? '';
}

const get = (path: string) => api.get(path, AbortSignal.timeout(10_000));

describe('the account of the dashboard', () => {
  test.each(listWatchedPaths(NAMESPACES, 'argocd'))('may list and watch $path', async ({ path }) => {
    expect((await get(path)).status).toBe(200);
    const watch = await get(`${path}?watch=true&timeoutSeconds=1`);
    expect(watch.status).toBe(200);
    await watch.text();
  });

  test.each([
    '/api/v1/secrets',
    ...[...NAMESPACES, 'kube-system', 'default'].flatMap((namespace) => [
      `/api/v1/namespaces/${namespace}/secrets`,
      `/api/v1/namespaces/${namespace}/secrets?watch=true&timeoutSeconds=1`,
      `/api/v1/namespaces/${namespace}/secrets/some`,
      `/api/v1/namespaces/${namespace}/configmaps`,
    ]),
    '/api/v1/pods',
    '/api/v1/namespaces/kube-system/pods',
    '/apis/argoproj.io/v1alpha1/namespaces/movies/applications',
    '/api/v1/nodes/master/proxy/configz',
    '/api/v1/namespaces/movies/pods/some/exec?command=id',
  ])('may not read %s', async (path) => {
    await expect(get(path)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('forbidden'),
    });
  });

  test('may change nothing that it may read', async () => {
    const config = api.config;
    const core = config.makeApiClient(CoreV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const forbidden = { code: 403 };
    const namespace = 'movies';
    const pod = { metadata: { name: 'some' }, spec: { containers: [{ name: 'some', image: 'some' }] } };
    await expect(core.createNamespacedPod({ namespace, body: pod })).rejects.toMatchObject(forbidden);
    await expect(core.deleteNamespacedPod({ name: 'some', namespace })).rejects.toMatchObject(forbidden);
    await expect(core.deleteNode({ name: 'some' })).rejects.toMatchObject(forbidden);
    await expect(apps.deleteNamespacedDeployment({ name: 'some', namespace })).rejects.toMatchObject(
      forbidden,
    );
  });
});

test(
  'its watch tells of all that happens, also while the API server was gone',
  async () => {
    const objects = new ObjectStore();
    const states: ConnectionState['status'][] = [];
    const source = watchKubernetes(api, listWatchedPaths(NAMESPACES, 'argocd'), [], logger);
    const application = (name: string) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd' },
      spec: {
        project: 'components',
        destination: { namespace: 'movies' },
        source: { repoURL: 'https://git.example/one', path: `clusters/local/apps/${name}` },
      },
    });
    const names = () => objects.list('Application').map(({ metadata }) => metadata.name);
    await admin.create(application('api-gateway'));
    source.start({
      onEvent: (event) => objects.apply(event),
      onConnection: ({ status }) => void states.push(status),
    });
    try {
      await expect.poll(() => states, { timeout: 20_000 }).toEqual(['connecting', 'connected']);
      expect(names()).toEqual(['api-gateway']);
      const status = { sync: { status: 'Synced', revision: 'a'.repeat(40) } };
      await admin.merge(
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', plural: 'applications' },
        'api-gateway',
        'argocd',
        { status },
      );
      await expect.poll(() => objects.list('Application')[0]?.status).toMatchObject(status);

      await server.kill();
      await expect.poll(() => states.at(-1), { timeout: 60_000 }).toBe('lost');
      expect(names()).toEqual(['api-gateway']);
      await server.startAgain();
      await admin.create(application('inventory-app'));
      await expect.poll(names, { timeout: 60_000 }).toEqual(['api-gateway', 'inventory-app']);
      await expect.poll(() => states.at(-1), { timeout: 60_000 }).toBe('connected');
    } finally {
      await source.stop();
    }
  },
  5 * 60_000,
);
