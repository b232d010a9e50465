import { afterAll, beforeEach, describe } from 'vitest';
import { describeAutoscaling } from './scenarios/autoscaling.ts';
import { describeBackup, describeRestore } from './scenarios/backup.ts';
import { describeBroker } from './scenarios/broker.ts';
import { describeComponents } from './scenarios/components.ts';
import { describeCreate } from './scenarios/create.ts';
import { describeDashboard } from './scenarios/dashboard.ts';
import { describeDatabases } from './scenarios/databases.ts';
import { describeDeploy } from './scenarios/deploy.ts';
import { describeDocumentedCommands } from './scenarios/documented-commands.ts';
import { describeExternalGit } from './scenarios/external-git.ts';
import { describeFaults } from './scenarios/faults.ts';
import { describeGuarding } from './scenarios/guarding.ts';
import { describeDestroy, describeLifeCycle, describeNewCluster } from './scenarios/life-cycle.ts';
import { describeNodes } from './scenarios/nodes.ts';
import { describeObservability } from './scenarios/observability.ts';
import { describeRegistryMirror } from './scenarios/registry-mirror.ts';
import { describeRelease } from './scenarios/release.ts';
import { describeRotation } from './scenarios/rotation.ts';
import { describeScale } from './scenarios/scale.ts';
import { describeSecrets } from './scenarios/secrets.ts';
import { ClusterUnderTest } from './support/cluster-under-test.ts';

// One cluster, one story: each chapter finds it as the one before has left it.
const cluster = new ClusterUnderTest('e2e', '192.168.57');
const created = describeCreate(cluster);

describe('a cluster', () => {
  // Without one, the first failure says why, and hundreds of others would say nothing.
  beforeEach((context) => context.skip(!created.isThere(), 'there is no cluster'));

  describeComponents(cluster);
  describeSecrets(cluster, created.commandLines);
  describeGuarding(cluster);
  // Before those that load it: what a rollout takes depends on how many replicas there are.
  describeDeploy(cluster);
  describeScale(cluster);
  describeDashboard(cluster);
  describeRelease(cluster);
  describeExternalGit(cluster);
  describeAutoscaling(cluster);
  describeDocumentedCommands(cluster);
  describeObservability(cluster);
  describeDatabases(cluster);
  describeBroker(cluster);
  describeRotation(cluster);
  describeFaults(cluster);
  describeRegistryMirror(cluster);
  describeNodes(cluster);
  describeLifeCycle(cluster);
  describeBackup(cluster);
  describeNewCluster(cluster);
  describeRestore(cluster);
  describeDestroy(cluster);
});

afterAll(async () => {
  await cluster.saveDiagnostics();
  await cluster.run('destroy', '--no-keep-keys');
});
