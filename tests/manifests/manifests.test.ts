import type { V1ServiceSpec } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { formatManifest } from '../../bootstrap/lib/manifests.ts';
import { shell } from '../support/go-tools.ts';
import { type BuiltManifest, buildManifests } from './support/built-manifests.ts';
import { containersOf, podsOf } from './support/pods.ts';
import { provideSchemas } from './support/schemas.ts';
import { secretsInArguments } from './support/secret-arguments.ts';
import { provideManifestTools } from './support/tools.ts';

const { kustomize, kubeconform } = await provideManifestTools();
const schemas = await provideSchemas();
const manifests = await buildManifests(kustomize);

/** Tells whether a manifest has an object of a kind, or any workload. */
function has(kind: string): (manifest: BuiltManifest) => boolean {
  return ({ objects }) =>
    objects.some((one) => (kind === 'workload' ? podsOf(one).length > 0 : one.kind === kind));
}

const validate = (manifest: string) =>
  shell.attempt(kubeconform, ['-strict', '-schema-location', schemas, '-summary'], { input: manifest });

test('the schemas refuse a field that the API server does not know', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' }, spec: { prots: [] } };
  const result = await validate(formatManifest([service]));
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain("additional properties 'prots' not allowed");
});

test('every component of every cluster is built', () => {
  expect(manifests.map(({ folder }) => folder)).toContain('clusters/local/apps/api-gateway');
});

describe.each(manifests)('$folder', ({ folder, objects }) => {
  test('is valid by the schemas of the API server and the controllers', async () => {
    const result = await validate(formatManifest(objects));
    expect(result.stdout).toContain('Invalid: 0, Errors: 0, Skipped: 0');
    expect(result.exitCode).toBe(0);
  });

  test('holds no Secret as it is', () => {
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('has the recommended labels', () => {
    const names = folder.includes('/apps/') ? ['name', 'component', 'part-of'] : ['part-of'];
    for (const { kind, metadata } of objects.filter((one) => one.kind !== 'ConfigMap')) {
      for (const name of names) {
        const label = `app.kubernetes.io/${name}`;
        expect.soft(metadata?.labels, `${kind} ${metadata?.name}`).toHaveProperty([label]);
      }
    }
  });
});

describe.each(manifests.filter(has('workload')))('the pods of $folder', ({ objects }) => {
  const pods = objects.flatMap(podsOf);
  const services = pods.filter((one) => one.isService);
  const containers = pods.flatMap((one) =>
    containersOf(one.spec).map((container) => ({ ...one, container, id: `${one.name}/${container.name}` })),
  );

  test('pin their images', () => {
    for (const { id, container } of containers) {
      const pinned = /^[a-z0-9.-]+(:\d+)?\/[^:]+:(?!latest$)[\w.-]+(@sha256:\w+)?$/;
      expect.soft(container.image, id).toMatch(pinned);
    }
  });

  test('ask for what they need, and may not take the whole node', () => {
    const some = expect.anything();
    for (const { id, container } of containers) {
      const resources = { requests: { cpu: some, memory: some }, limits: { memory: some } };
      expect.soft(container.resources, id).toMatchObject(resources);
    }
  });

  test('take no secret in their arguments', () => {
    expect(secretsInArguments(objects)).toEqual([]);
  });

  test('have probes', () => {
    for (const { name, spec } of services) {
      expect
        .soft(
          spec.containers.some((one) => one.readinessProbe),
          `${name}: readiness`,
        )
        .toBe(true);
      expect
        .soft(
          spec.containers.every((one) => one.livenessProbe),
          `${name}: liveness`,
        )
        .toBe(true);
    }
  });

  test('keep to the Pod Security Standard "restricted", on a read-only root', () => {
    for (const { id, spec, container } of containers) {
      const restricted = {
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      };
      const context = { ...spec.securityContext, ...container.securityContext };
      expect.soft(context, id).toMatchObject(restricted);
    }
  });
});

describe.each(manifests.filter(has('Service')))('the Services of $folder', ({ objects }) => {
  const pods = objects.flatMap(podsOf);

  test('lead to ports of its pods', () => {
    for (const { metadata, spec } of objects.filter(({ kind }) => kind === 'Service')) {
      const { selector, ports = [] } = spec as V1ServiceSpec;
      // The endpoints of one without a selector are written by a program.
      if (!selector) continue;
      const given = Object.entries(selector).filter(([label]) => label.startsWith('app.kubernetes.io/'));
      const selected = pods.filter(({ labels }) => given.every(([label, value]) => labels[label] === value));
      expect.soft(selected, `Service ${metadata?.name}`).not.toEqual([]);
      const open = selected.flatMap((one) => one.spec.containers).flatMap((one) => one.ports ?? []);
      for (const { port, targetPort = port } of ports) {
        const key = typeof targetPort === 'string' ? 'name' : 'containerPort';
        const id = `Service ${metadata?.name}, port ${port}`;
        expect
          .soft(
            open.map((one) => one[key]),
            id,
          )
          .toContain(targetPort);
      }
    }
  });
});
