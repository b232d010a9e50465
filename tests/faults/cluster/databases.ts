import type { FaultRun } from '../fault.ts';
import type { FaultCluster } from './fault-cluster.ts';
import { listPods, type Pod } from './pods.ts';

/** A database: the component, its StatefulSet, and what it is called in PostgreSQL. */
export interface Database {
  readonly component: string;
  readonly statefulSet: string;
  readonly name: string;
}

export const INVENTORY: Database = {
  component: 'inventory-database',
  statefulSet: 'inventory-db',
  name: 'inventory',
};
export const BILLING: Database = {
  component: 'billing-database',
  statefulSet: 'billing-db',
  name: 'billing',
};
export const DATABASES = [INVENTORY, BILLING] as const;
export const DATABASE_CONTAINER = 'postgres';

/** The pods of a database: the leader, and its replicas. A database that is not replicated is its own leader. */
export async function findMembers(
  cluster: FaultCluster,
  { component }: Database,
): Promise<{ readonly leader: Pod; readonly replicas: readonly Pod[] }> {
  const pods = (await listPods(cluster)).filter((pod) => pod.component === component && !pod.isEnding);
  const leaders = pods.filter(({ role }) => role === 'primary');
  const leader = pods.length === 1 ? pods[0] : leaders[0];
  if (!leader || leaders.length > 1)
    throw new Error(
      `${component} has ${leaders.length} leaders among ${pods.map(({ name }) => name).join(', ')}`,
    );
  return { leader, replicas: pods.filter((pod) => pod !== leader) };
}

/** Runs SQL in a pod, as PostgreSQL's administrator; the rows, their columns separated by tabs. */
export async function runSql(
  cluster: FaultCluster,
  pod: Pod,
  database: Database,
  sql: string,
): Promise<readonly (readonly string[])[]> {
  const psql = [
    'psql',
    '-U',
    'postgres',
    '-d',
    database.name,
    '-XAtq',
    '-F',
    '\t',
    '-v',
    'ON_ERROR_STOP=1',
    '-c',
  ];
  const output = await cluster.kubectl('exec', pod.name, '-c', DATABASE_CONTAINER, '--', ...psql, sql);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Has replicas lead instead, by their names: a leader that is stopped in order hands over to the other member. */
export async function makeLeaders(
  { cluster, settled, note }: FaultRun,
  wanted: ReadonlyMap<Database, string>,
): Promise<void> {
  const others: string[] = [];
  for (const [database, name] of wanted) {
    const { leader } = await findMembers(cluster, database);
    if (leader.name !== name) others.push(leader.name);
  }
  if (others.length > 0) {
    await cluster.kubectl('delete', 'pods', ...others);
    await settled();
  }
  for (const [database, name] of wanted) {
    const { leader } = await findMembers(cluster, database);
    if (leader.name !== name) throw new Error(`${leader.name} leads ${database.name}, not ${name}`);
    note(`${name} leads ${database.name}`);
  }
}
