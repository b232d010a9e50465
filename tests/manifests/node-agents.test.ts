import { join } from 'node:path';
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  type V1Pod,
  type V1ValidatingAdmissionPolicy,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKubernetes, type KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import { buildKustomization } from '../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { listPrerequisites } from '../../bootstrap/steps/sealed-secrets-step.ts';
import { ApiServer, BUILD_TIMEOUT_MS } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/go-tools.ts';
import { BAD_COLLECTORS, BAD_EXPORTERS, type BadAgents, type Spoil } from './support/bad-agents.ts';
import { podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

/*
 * Pod Security lets everything into the namespace of what reads files of nodes. What its policy lets in, the API server
 * itself is asked, which compiles and evaluates the expressions as in a cluster.
 */

const REPOSITORY = join(import.meta.dirname, '..', '..');
const NAMESPACE = 'node-agents';
const POLICY = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
};
const POLICY_KINDS = [POLICY.kind, `${POLICY.kind}Binding`];
const DRY_RUN = { dryRun: 'All' };

const { kustomize } = await provideManifestTools();
const build = (path: string) => buildKustomization(shell, kustomize, join(REPOSITORY, path));
const root = await build('clusters/local');
const agents = [
  ...(await build('clusters/local/apps/log-collector')),
  ...(await build('clusters/local/apps/node-exporter')),
];
/** Of what `create` applies before anything runs. */
const guards = listPrerequisites(root).filter(
  ({ kind = '', metadata }) =>
    POLICY_KINDS.includes(kind) || (kind === 'Namespace' && metadata?.name === NAMESPACE),
);
const policy = guards.find(({ kind }) => kind === POLICY.kind) as V1ValidatingAdmissionPolicy | undefined;
const advices = (policy?.spec?.validations ?? []).map(({ message = '' }) => message);

let server: ApiServer;
let admin: KubernetesClient;
let core: CoreV1Api;

beforeAll(async () => {
  server = await ApiServer.start({ hasControllers: true });
  admin = connectKubernetes(server.kubeconfig);
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  const accounts = agents.filter(({ kind }) => kind === 'ServiceAccount');
  const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } };
  const defaults = [NAMESPACE, 'elsewhere'].map(defaultAccount);
  await admin.apply([...guards, ...accounts, other, ...defaults], 'test');
  const bad = spoilt('log-collector', (spec) => delete spec.securityContext);
  const isInForce = async () => (await refusalOf(bad)) !== undefined;
  await eventually({ description: 'the policy in force', timeoutMs: 60_000 }, isInForce);
}, BUILD_TIMEOUT_MS);
afterAll(async () => await server?.[Symbol.asyncDispose]());

function defaultAccount(namespace: string): ManagedObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
}

/** The pod that the DaemonSet of an agent makes. */
function podOf(name: string): V1Pod & { spec: NonNullable<V1Pod['spec']> } {
  const pods = agents.flatMap(podsOf).find((one) => one.name === name);
  if (!pods) throw new Error(`there is no ${name}`);
  const metadata = { name, namespace: NAMESPACE, labels: { ...pods.labels } };
  return { metadata, spec: structuredClone(pods.spec) };
}

function spoilt(name: string, spoil: Spoil): V1Pod {
  const { metadata, spec } = podOf(name);
  const annotations = {};
  for (const container of spec.containers) spoil(spec, container, annotations);
  return { metadata: { ...metadata, annotations }, spec };
}

/** Why the API server doesn't let a pod in; `undefined` where it does. */
async function refusalOf(pod: V1Pod, namespace = NAMESPACE): Promise<string | undefined> {
  const body = { ...pod, metadata: { ...pod.metadata, namespace } };
  return await messageOf(core.createNamespacedPod({ namespace, body, ...DRY_RUN }));
}

async function messageOf(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    return (JSON.parse(error.body) as { message: string }).message;
  }
}

test('the policy is what the API server has of it, without a complaint about its expressions', async () => {
  const expectation = { description: 'the expressions checked', timeoutMs: 60_000 };
  const { value } = await eventually(expectation, async () => {
    const found = (await admin.read(POLICY, policy?.metadata?.name ?? '')) as V1ValidatingAdmissionPolicy;
    return found.status?.typeChecking ? found : undefined;
  });
  expect(value.status?.typeChecking?.expressionWarnings).toBeUndefined();
  // In lists, Argo CD takes what is filled in for a change.
  expect(value.spec?.matchConstraints?.resourceRules).toEqual(policy?.spec?.matchConstraints?.resourceRules);
  expect(guards.map(({ metadata }) => metadata?.namespace)).toEqual([undefined, undefined, undefined]);
});

test.each(['log-collector', 'node-exporter'])('%s is let in', async (name) => {
  expect(await refusalOf(podOf(name))).toBeUndefined();
});

test('every rule refuses something here', () => {
  const tried = [...Object.keys(BAD_COLLECTORS), ...Object.keys(BAD_EXPORTERS)];
  const untried = advices.filter((message) => !tried.some((advice) => message.includes(advice)));
  expect(advices.length).toBeGreaterThan(10);
  expect(untried).toEqual([expect.stringContaining('no container may be added to a pod that runs')]);
});

const listBad = (agents: BadAgents) =>
  Object.entries(agents).flatMap(([advice, pods]) =>
    Object.entries(pods).map(([what, spoil]) => ({ what, advice, spoil })),
  );

describe.each([
  { name: 'log-collector', bad: listBad(BAD_COLLECTORS) },
  { name: 'node-exporter', bad: listBad(BAD_EXPORTERS) },
])('a pod like that of $name is refused', ({ name, bad }) => {
  test.each(bad)('that $what', async ({ advice, spoil }) => {
    const message = await refusalOf(spoilt(name, spoil));
    expect(message).toMatch(
      /^pods "[\w-]+" is forbidden: ValidatingAdmissionPolicy 'orchestrator-node-agents'/,
    );
    expect(message).toContain(advice);
  });
});

test('what was let in may be labelled, and gets no container', async () => {
  const pod = podOf('log-collector');
  await core.createNamespacedPod({ namespace: NAMESPACE, body: pod });
  await admin.annotate({ apiVersion: 'v1', kind: 'Pod', plural: 'pods' }, 'log-collector', NAMESPACE, {
    a: 'b',
  });
  const body = await core.readNamespacedPod({ name: 'log-collector', namespace: NAMESPACE });
  if (body.spec) body.spec.ephemeralContainers = [{ name: 'debug', image: 'docker.io/library/busybox:1.37' }];
  const request = { name: 'log-collector', namespace: NAMESPACE, body, ...DRY_RUN };
  const message = await messageOf(core.replaceNamespacedPodEphemeralcontainers(request));
  expect(message).toContain('no container may be added to a pod that runs');
});

test('other namespaces are not its business', async () => {
  const containers = [{ name: 'one', image: 'one' }];
  expect(
    await refusalOf({ metadata: { name: 'one' }, spec: { hostPID: true, containers } }, 'elsewhere'),
  ).toBe(undefined);
});
