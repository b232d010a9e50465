import { expect, test } from 'vitest';
import { isRolledOut } from './workloads.ts';

const deployment = (status: object) => ({
  kind: 'Deployment',
  metadata: { name: 'one', generation: 2 },
  spec: { replicas: 1 },
  status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
});

test('a workload is rolled out when the newest revision has all replicas available', () => {
  expect(isRolledOut(deployment({}))).toBe(true);
  expect(isRolledOut(deployment({ observedGeneration: 1 }))).toBe(false);
  expect(isRolledOut(deployment({ updatedReplicas: undefined }))).toBe(false);
  expect(isRolledOut(deployment({ availableReplicas: undefined }))).toBe(false);
});

test('a workload is not rolled out while the pod that is available is one of the old revision', () => {
  expect(isRolledOut(deployment({ replicas: 2 }))).toBe(false);
});
