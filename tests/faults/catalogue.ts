import type { Fault } from './fault.ts';
import { clockJump } from './injections/clock-jump.ts';
import { freezeLeader, killLeader } from './injections/database-leader.ts';
import { deleteDeployments, killBrokers, killPods } from './injections/kill-pods.ts';
import { stopAgent, stopCluster, stopMaster } from './injections/machines.ts';
import { drain, rollingUpdate } from './injections/maintenance.ts';
import { dnsDown, partition } from './injections/network.ts';
import { controlPlaneDown, killKubelet, restartContainerd } from './injections/node-services.ts';
import { slowNetwork } from './injections/slow-network.ts';
import { corruptReplica, deleteClaim, fillVolume } from './injections/volumes.ts';

/** All faults, in the order in which they are run. */
export const CATALOGUE: readonly Fault[] = [
  killPods,
  killLeader,
  fillVolume,
  freezeLeader,
  killBrokers,
  stopAgent,
  stopMaster,
  partition,
  restartContainerd,
  killKubelet,
  controlPlaneDown,
  dnsDown,
  clockJump,
  slowNetwork,
  rollingUpdate,
  drain,
  deleteClaim,
  deleteDeployments,
  corruptReplica,
  stopCluster,
];
