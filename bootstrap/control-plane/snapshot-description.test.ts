import { expect, test } from 'vitest';
import { certificateAuthorityOf, parseDescription, requireFitting } from './snapshot-description.ts';

const description = {
  format: 1,
  cluster: 'local',
  certificateAuthority: 'a'.repeat(64),
  kubernetes: 'v1.36.3+k3s1',
  createdAt: '2026-11-21T14:00:00.000Z',
  revision: 5,
} as const;
const target = { cluster: 'local', certificateAuthority: 'a'.repeat(64), kubernetes: 'v1.36.3' };

test('a snapshot of this cluster and of this Kubernetes, or an older one, fits', () => {
  expect(() => requireFitting(description, target)).not.toThrow();
  expect(() => requireFitting(description, { ...target, kubernetes: 'v1.37.0' })).not.toThrow();
});

test.each([
  ['another name', { cluster: 'other' }, 'of another cluster'],
  ['the same name and another authority', { certificateAuthority: 'b'.repeat(64) }, 'of another cluster'],
  ['an older patch', { kubernetes: 'v1.36.2' }, 'newer than v1.36.2'],
  ['an older minor version', { kubernetes: 'v1.9.12' }, 'newer than v1.9.12'],
])('a target of %s is refused', (_, change, message) =>
  expect(() => requireFitting(description, { ...target, ...change })).toThrow(message),
);

test('what is no description is refused', () => {
  expect(parseDescription(JSON.stringify(description))).toEqual(description);
  expect(() => parseDescription('{"format":2}')).toThrow('no snapshot');
  expect(() => parseDescription('')).toThrow('no snapshot');
});

test('the authority is read from a kubeconfig', () => {
  const data = Buffer.from('certificate\n').toString('base64');
  const kubeconfig = `clusters: [{ name: default, cluster: { certificate-authority-data: ${data} } }]`;
  expect(certificateAuthorityOf(kubeconfig)).toMatch(/^[0-9a-f]{64}$/);
  expect(certificateAuthorityOf('clusters: []')).toBeUndefined();
});
