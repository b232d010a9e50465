import { describeForeignCluster } from './scenarios/foreign-cluster.ts';
import { ClusterUnderTest } from './support/cluster-under-test.ts';

// Machines of its own, on a network of their own: what others made is not this program's, so nothing is shared with the
// cluster that the other chapters are about.
describeForeignCluster(new ClusterUnderTest('foreign', '192.168.60'));
