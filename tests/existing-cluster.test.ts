import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPackagesSource } from '../bootstrap/artifacts/packages-source.ts';
import { inspectCluster } from '../bootstrap/existing/cluster-checks.ts';
import { noteIdentity } from '../bootstrap/existing/cluster-identity.ts';
import { removeSteps } from '../bootstrap/existing/remove-steps.ts';
import { unownedStep } from '../bootstrap/existing/unowned-step.ts';
import { UserError } from '../bootstrap/lib/errors.ts';
import { connectKubernetes, type KubernetesClient } from '../bootstrap/lib/kubernetes.ts';
import { buildInstallation, buildKustomization } from '../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../bootstrap/lib/managed-object.ts';
import { formatManifest } from '../bootstrap/lib/manifests.ts';
import { labelOwned, OWNER_LABEL } from '../bootstrap/lib/owned-objects.ts';
import { findHost, GATEWAY_SERVICE } from '../bootstrap/lib/service-host.ts';
import { clusterDirectories } from '../bootstrap/settings/directories.ts';
import { readClusterSettings } from '../bootstrap/settings/read-cluster-settings.ts';
import { FIELD_MANAGER } from '../bootstrap/steps/field-manager.ts';
import { ApiServer, BUILD_TIMEOUT_MS } from './support/api-server.ts';
import { shell } from './support/go-tools.ts';
import { makeTemporaryFolder } from './support/make-temporary-folder.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const NAME = 'existing';
/** What changes by itself, and what a namespace of anybody's has. */
const PASSING = ['Event', 'Lease', 'EndpointSlice', 'Endpoints'];

/** What is put into a cluster that others made, and taken out again, at a real API server without nodes. */
describe('a cluster that others made', () => {
  let server: ApiServer;
  let client: KubernetesClient;
  let ours: KubernetesClient;
  let objects: ManagedObject[];
  const settings = readClusterSettings(REPOSITORY, NAME);
  const cluster = async () => ({ name: NAME, folder: '', settings: await settings });

  beforeAll(async () => {
    const source = createPackagesSource(
      shell,
      () => Promise.reject(new Error('nothing here needs Docker')),
      clusterDirectories(NAME).cache,
      (await settings).observability,
    );
    const silent = () => {};
    const { kustomize } = await source.provideTools(silent);
    const { argoCd, sealedSecrets } = await source.provideManifests(silent);
    const install = (folder: string, manifest: string) =>
      buildInstallation(shell, kustomize, join(REPOSITORY, 'bootstrap', folder), manifest);
    objects = [
      ...(await buildKustomization(shell, kustomize, join(REPOSITORY, 'clusters', NAME))),
      ...(await install('sealed-secrets', sealedSecrets)),
      ...(await install('argocd', argoCd)),
      ...(await buildKustomization(
        shell,
        kustomize,
        join(REPOSITORY, 'clusters', NAME, 'apps', 'api-gateway'),
      )),
    ];
    server = await ApiServer.start({ hasControllers: true });
    client = connectKubernetes(server.kubeconfig);
    ours = labelOwned(client, NAME);
    await server.kubectl('create', 'namespace', 'shop');
    await server.kubectl('--namespace=shop', 'create', 'configmap', 'prices', '--from-literal=one=1');
    await server.kubectl('create', 'priorityclass', 'shop-first', '--value=7');
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  /** The names of all objects that there are, by kind. */
  async function listAll(): Promise<string[]> {
    const all = await client.listLabelled('');
    return all
      .filter(({ kind }) => !PASSING.includes(kind ?? ''))
      .map(({ kind, metadata }) => `${kind}/${metadata?.namespace ?? ''}/${metadata?.name}`)
      .sort();
  }

  const checkWay = async () =>
    await unownedStep(
      { cluster: await cluster() },
      () => Promise.resolve(ours),
      () => Promise.resolve(objects),
    ).run(() => {});

  async function remove(): Promise<(string | undefined)[]> {
    const results: (string | undefined)[] = [];
    for (const step of removeSteps(NAME, () => Promise.resolve(ours)))
      results.push((await step.run(() => {})) ?? undefined);
    return results;
  }

  test('is told what it lacks, and what it has', async () => {
    const directories = { ...clusterDirectories(NAME), data: await makeTemporaryFolder('data-') };
    const inspect = async () => {
      const findings = await inspectCluster({ cluster: await cluster(), directories }, client, 'here');
      return Object.fromEntries(findings.map(({ subject, isFine, detail }) => [subject, { isFine, detail }]));
    };
    expect(await inspect()).toMatchObject({
      cluster: { isFine: true, detail: expect.stringMatching(/^Kubernetes v1\.\d+\.\d+.* at here$/) },
      identity: { isFine: true },
      rights: { isFine: true },
      nodes: { isFine: false, detail: '0 Ready, 2 needed' },
      storage: { isFine: false, detail: 'no storage class is the default; there are: none' },
      metrics: { isFine: false },
    });
    await noteIdentity({ directories }, 'another');
    await addNodes();
    await server.kubectlWithInput(formatManifest([STORAGE_CLASS, METRICS]), 'create', '--filename=-');
    const checked = await inspect();
    expect(checked).toMatchObject({
      identity: { isFine: false, detail: expect.stringContaining('another cluster') },
      nodes: { isFine: true, detail: '2 Ready, 2 needed' },
      storage: { isFine: true, detail: 'standard is the default class' },
    });
    const weak = connectKubernetes(await kubeconfigOfNobody());
    const findings = await inspectCluster({ cluster: await cluster(), directories }, weak, 'here');
    expect(findings.some(({ isFine }) => !isFine)).toBe(true);
    // While an extension is away, no namespace can go.
    await server.kubectl('delete', 'apiservice', 'v1beta1.metrics.k8s.io');
  });

  test('that has something of the same name from others is refused, and stays as it is', async () => {
    await server.kubectl('create', 'namespace', 'argocd');
    const before = await listAll();
    const error: UserError = await checkWay().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('nothing has been changed in it: Namespace/argocd');
    expect(await listAll()).toEqual(before);
    await server.kubectl('delete', 'namespace', 'argocd');
  });

  test('gets everything with a label that Argo CD’s own applying does not take off', async () => {
    await checkWay();
    await ours.apply(objects, FIELD_MANAGER);
    // As Argo CD does, which knows nothing of the label.
    await client.apply(objects, FIELD_MANAGER);
    const labelled = await client.listLabelled(`${OWNER_LABEL}=${NAME}`);
    for (const { kind, metadata } of objects) {
      const found = labelled.some((one) => one.kind === kind && one.metadata?.name === metadata?.name);
      expect(found, `${kind} ${metadata?.name}`).toBe(true);
    }
    // A second `create` finds nothing in its way.
    await checkWay();
  });

  test('has every field of what was applied, also those that the client library calls otherwise', async () => {
    const options = [
      '--server-side',
      '--force-conflicts',
      `--field-manager=${FIELD_MANAGER}`,
      '--filename=-',
    ];
    expect(await server.kubectlWithInput(formatManifest(objects), 'diff', ...options)).toBe('');
  });

  test('tells where a load balancer is as soon as it is known', async () => {
    expect(await findHost(client, GATEWAY_SERVICE)).toBeUndefined();
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } });
    await server.kubectl(
      '--namespace=movies',
      'patch',
      'service',
      'api-gateway',
      '--subresource=status',
      `--patch=${status}`,
    );
    expect(await findHost(client, GATEWAY_SERVICE)).toBe('lb.example');
  });

  test('is as it was before when all is removed, also what Argo CD and its finalizers hold', async () => {
    await remove();
    const left = await listAll();
    expect(left.filter((name) => /argo|sealed|movies|orchestrator|\/git\b/.test(name))).toEqual([]);
    expect(left).toEqual(
      expect.arrayContaining([
        'ConfigMap/shop/prices',
        'PriorityClass//shop-first',
        'StorageClass//standard',
      ]),
    );
    await ours.apply(objects, FIELD_MANAGER);
    await remove();
    expect(await listAll()).toEqual(left);
    // Once more for nothing.
    expect((await remove()).slice(0, 2)).toEqual(['no Argo CD', 'there are none']);
  });

  /** Two nodes, as kubelets would announce them. */
  async function addNodes(): Promise<void> {
    for (const name of ['one', 'two']) {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
      await server.kubectlWithInput(formatManifest([node]), 'create', '--filename=-');
      const status = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
      await server.kubectl('patch', 'node', name, '--subresource=status', `--patch=${status}`);
      const taints = JSON.stringify({ spec: { taints: [] } });
      await server.kubectl('patch', 'node', name, `--patch=${taints}`);
    }
  }

  /** Of somebody whom the API server knows and who may do nothing. */
  async function kubeconfigOfNobody(): Promise<string> {
    await server.kubectl('--namespace=shop', 'create', 'serviceaccount', 'nobody');
    const token = (await server.kubectl('--namespace=shop', 'create', 'token', 'nobody')).trim();
    return server.kubeconfigOf(token);
  }
});

const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'none.example',
};

/** Served by nobody, as where metrics-server is down. */
const METRICS = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io' },
  spec: {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { namespace: 'kube-system', name: 'metrics-server' },
  },
};
