import { expect, test } from 'vitest';
import { setImage, setReplicas, setSetting } from './overlays.ts';

const image = { name: 'api-gateway', repository: 'docker.io/me/api-gateway', tag: 'abc123' };

test('a tag is set in an overlay, and what a person wrote there stays', () => {
  const overlay = `# mine
kind: Kustomization
images:
  - name: other
    newTag: "1"
  - name: api-gateway # ours
    newName: docker.io/me/api-gateway
    newTag: old
patches:
  - path: more.yaml # because
`;
  const changed = setImage(overlay, image, 'kustomization.yaml');
  expect(changed).toBe(overlay.replace('newTag: old', 'newTag: abc123'));
});

test('an image is added to an overlay that has none', () => {
  expect(setImage('kind: Kustomization\nimages: []\n', image, 'kustomization.yaml')).toContain(
    'newTag: abc123',
  );
});

test('setting the same tag again changes nothing', () => {
  const once = setImage('kind: Kustomization\n', image, 'kustomization.yaml');
  expect(setImage(once, image, 'kustomization.yaml')).toBe(once);
});

test('a number of replicas is set for the workload that it is meant for', () => {
  const overlay = 'replicas:\n  - name: other\n    count: 5\n  - name: rabbitmq\n    count: 1\n';
  expect(setReplicas(overlay, 'rabbitmq', 3, 'kustomization.yaml')).toBe(
    overlay.replace('count: 1', 'count: 3'),
  );
});

test('a number of replicas is added to an overlay that has none, once', () => {
  const once = setReplicas('kind: Kustomization # mine\n', 'rabbitmq', 3, 'kustomization.yaml');
  expect(once).toBe('kind: Kustomization # mine\nreplicas:\n  - name: rabbitmq\n    count: 3\n');
  expect(setReplicas(once, 'rabbitmq', 3, 'kustomization.yaml')).toBe(once);
});

test('a setting is merged into those of the base, beside those that a person set', () => {
  const overlay =
    'configMapGenerator:\n  - name: rabbitmq\n    behavior: merge\n    literals:\n      - MINE=1\n';
  const once = setSetting(overlay, 'rabbitmq', 'CLUSTER_SIZE', '1', 'kustomization.yaml');
  expect(once).toBe(`${overlay}      - CLUSTER_SIZE=1\n`);
  expect(setSetting(once, 'rabbitmq', 'CLUSTER_SIZE', '1', 'kustomization.yaml')).toBe(once);
  const changed = setSetting(once, 'rabbitmq', 'CLUSTER_SIZE', '3', 'kustomization.yaml');
  expect(changed).toBe(once.replace('CLUSTER_SIZE=1', 'CLUSTER_SIZE=3'));
});
