import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listImagesOf } from './release-images.ts';

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
