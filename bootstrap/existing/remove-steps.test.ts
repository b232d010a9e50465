import { expect, test } from 'vitest';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { formatManifest } from '../lib/manifests.ts';
import { labelOwned } from '../lib/owned-objects.ts';
import { APPLICATION } from '../steps/applications-step.ts';
import { FIELD_MANAGER } from '../steps/field-manager.ts';
import { removeSteps } from './remove-steps.ts';

const NAME = 'existing';
const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'applications.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { kind: 'Application', plural: 'applications', singular: 'application' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
const application = (name: string) => ({
  apiVersion: APPLICATION.apiVersion,
  kind: APPLICATION.kind,
  metadata: { name, namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
});

test('Applications are removed from the Argo CD that `create` made, and from no other', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start({ hasControllers: true });
  const client = connectKubernetes(server.kubeconfig);
  const ours = labelOwned(client, NAME);
  const remove = async () => {
    const results: (string | undefined)[] = [];
    for (const step of removeSteps(NAME, async () => ours))
      results.push((await step.run(() => {})) ?? undefined);
    return results;
  };
  await server.kubectlWithInput(formatManifest([NAMESPACE, DEFINITION]), 'create', '--filename=-');
  await server.kubectl('wait', '--for=condition=Established', `crd/${DEFINITION.metadata.name}`);
  await server.kubectlWithInput(formatManifest([application('theirs')]), 'create', '--filename=-');

  expect(await remove()).toEqual(['no Argo CD', 'there are none', undefined]);
  expect(await client.read(APPLICATION, 'theirs', 'argocd')).toBeDefined();

  await ours.apply([NAMESPACE], FIELD_MANAGER);
  expect(await remove()).toEqual([undefined, undefined, undefined]);
  expect(await client.read(APPLICATION, 'theirs', 'argocd')).toBeUndefined();
});
