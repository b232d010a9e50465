import { describeAirGap } from './scenarios/air-gap.ts';
import { ClusterUnderTest } from './support/cluster-under-test.ts';

// A cluster of its own: it is made from nothing, where the others must not be seen.
describeAirGap(new ClusterUnderTest('air-gap', '192.168.58'));
