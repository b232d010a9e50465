/** The server and the agents of a cluster: as settings name them, or as something else that has their names. */
interface Machines<T> {
  readonly master: T;
  readonly agents: readonly T[];
}

/**
 * All machines of a cluster, the master first.
 *
 * @param only the names of machines; all, unless any is given
 */
export function listMachines<T extends { readonly name: string }>(
  { master, agents }: Machines<T>,
  only: readonly string[] = [],
): T[] {
  const all = [master, ...agents];
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}
