import { afterAll } from 'vitest';
import { describeAutoscaling } from './scenarios/autoscaling.ts';
import { describeComponents } from './scenarios/components.ts';
import { describeCreate } from './scenarios/create.ts';
import { describeDeploy } from './scenarios/deploy.ts';
import { describeDocumentedCommands } from './scenarios/documented-commands.ts';
import { describeDestroy, describeLifeCycle } from './scenarios/life-cycle.ts';
import { describeSecrets } from './scenarios/secrets.ts';
import { ClusterUnderTest } from './support/cluster-under-test.ts';

// One cluster, one story: each chapter finds it as the one before has left it.
const cluster = new ClusterUnderTest('e2e', '192.168.57');

const { commandLines } = describeCreate(cluster);
describeComponents(cluster);
describeSecrets(cluster, commandLines);
describeDeploy(cluster);
describeAutoscaling(cluster);
describeDocumentedCommands(cluster);
describeLifeCycle(cluster);
describeDestroy(cluster);

afterAll(async () => {
  await cluster.saveDiagnostics();
  await cluster.run('destroy', '--no-keep-keys');
});
