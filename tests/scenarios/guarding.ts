import { describe } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { describeArgoCdAccess } from './guarding/argocd-access.ts';
import { describeDataStore } from './guarding/data-store.ts';
import { describeFlows } from './guarding/flows.ts';
import { describePodLimits } from './guarding/pod-limits.ts';
import { describeProjects } from './guarding/projects.ts';

/** What the cluster refuses, each shown by trying. */
export function describeGuarding(cluster: ClusterUnderTest): void {
  describe('the cluster', () => {
    describePodLimits(cluster);
    describeFlows(cluster);
    describeDataStore(cluster);
    describeArgoCdAccess(cluster);
    describeProjects(cluster);
  });
}
