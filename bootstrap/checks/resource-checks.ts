import { mkdir, readFile, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import type { Context } from '../settings/context.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import type { Check } from './finding.ts';

const GIB = 1024 ** 3;
/** What the builds of source `packages` take, as measured, with a reserve; a bundle that is unpacked takes less. */
const NEEDED_DISK_OF_BUILDS_GIB = 8;
/** What each machine takes: its images, twice, and what pods write. */
const NEEDED_DISK_OF_ONE_GIB = 6;
/** A bundle, and its parts in the cache. */
const NEEDED_DISK_OF_BUNDLE_GIB = 3;
/** Containers share the host's memory: what two idle nodes with everything on them use, with a reserve. */
const NEEDED_MEMORY_OF_CONTAINERS_GIB = 4;
/** The same for one machine more. */
const NEEDED_MEMORY_OF_ONE_CONTAINER_GIB = 1;

/** What the disk has to have room for: a cluster, one machine more in a cluster that is built, or a bundle. */
export type DiskUse = 'cluster' | 'machine' | 'bundle';

/** Checks that the memory of all machines is free, or of one more. */
export function checkMemory(context: Context, isContainer: boolean, isOneMore: boolean): Check {
  return async () => {
    const { memory, agents } = vagrantMachines(context.cluster.settings);
    const machines = isOneMore ? 1 : 1 + agents.length;
    const ofContainers = isOneMore ? NEEDED_MEMORY_OF_ONE_CONTAINER_GIB : NEEDED_MEMORY_OF_CONTAINERS_GIB;
    const needed = isContainer ? ofContainers : (memory * machines) / 1024;
    const available = (await availableMemoryBytes()) / GIB;
    const detail = `${available.toFixed(1)} GiB free, ${needed.toFixed(1)} GiB needed`;
    if (available >= needed) return { subject: 'memory', isFine: true, detail };
    const remedy = `Close programs, or set less machines.memory in clusters/${context.cluster.name}/cluster.yaml.`;
    return { subject: 'memory', isFine: false, detail, remedy };
  };
}

/** Checks that there is room for what is built, and for the machines or the bundle. */
export function checkDisk(context: Context, use: DiskUse): Check {
  const needed = neededDiskGib(context, use);
  return async () => {
    const { cache } = context.directories;
    await mkdir(cache, { recursive: true });
    const { bavail, bsize } = await statfs(cache);
    const freeGib = (bavail * bsize) / GIB;
    const detail = `${freeGib.toFixed(0)} GiB free at ${cache}, ${needed} GiB needed`;
    if (freeGib >= needed) return { subject: 'disk', isFine: true, detail };
    const remedy = 'Make room, or point XDG_CACHE_HOME to a larger disk.';
    return { subject: 'disk', isFine: false, detail, remedy };
  };
}

function neededDiskGib({ cluster }: Context, use: DiskUse): number {
  if (use === 'machine') return NEEDED_DISK_OF_ONE_GIB;
  if (use === 'bundle') return NEEDED_DISK_OF_BUILDS_GIB + NEEDED_DISK_OF_BUNDLE_GIB;
  const machines = 1 + vagrantMachines(cluster.settings).agents.length;
  return NEEDED_DISK_OF_BUILDS_GIB + machines * NEEDED_DISK_OF_ONE_GIB;
}

async function availableMemoryBytes(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = meminfo.match(/^MemAvailable:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}
