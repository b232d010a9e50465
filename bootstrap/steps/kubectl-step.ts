import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../lib/find-program.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';

/**
 * Puts kubectl where shells find it, if there is none: for all users as root, else for this one.
 *
 * @param mayInstall whether anything may be installed on this machine
 */
export function kubectlStep(context: Context, findKubectl: () => Promise<string>, mayInstall: boolean): Step {
  return {
    title: 'Provide kubectl',
    run: async () => {
      const [existing] = await findPrograms('kubectl', context.environment.path);
      if (existing) return existing;
      if (!mayInstall) return `not installed, by --no-install; it is ${await findKubectl()}`;
      const folder = context.system.isRoot ? '/usr/local/bin' : join(homedir(), '.local', 'bin');
      await mkdir(folder, { recursive: true });
      const target = join(folder, 'kubectl');
      await copyFile(await findKubectl(), `${target}.unfinished`);
      await chmod(`${target}.unfinished`, 0o755);
      await rename(`${target}.unfinished`, target);
      const isOnPath = context.environment.path.split(':').includes(folder);
      return `installed ${target}${isOnPath ? '' : `; add it: export PATH=${folder}:$PATH`}`;
    },
  };
}
