import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumFile } from '../artifacts/content-hash.ts';
import { quote, type RunOptions, type RunResult, type Shell } from '../lib/shell.ts';
import type { Context } from '../settings/context.ts';
import { readSshConfig } from './vagrant.ts';

/** A machine that commands are run on, as root, and files are put on. */
export interface RemoteMachine {
  readonly name: string;
  /** Runs a shell script as root; throws CommandError unless it exits with 0. */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /** As `run`, returning how it ended whatever the exit code. */
  attempt(script: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Puts text into a file, owned by root.
   *
   * @param mode octal, such as `0600`
   * @returns whether the file was another before
   */
  write(path: string, text: string, mode: string): Promise<boolean>;
  /** Puts a (large) file there, unless it is there with the same content. */
  copy(localFile: string, path: string, mode: string): Promise<boolean>;
}

/**
 * Reaches the machines over SSH, by the configuration that Vagrant gives.
 *
 * @returns the machines by their names
 */
export async function connectMachines(context: Context): Promise<ReadonlyMap<string, RemoteMachine>> {
  const configFile = await writeSshConfig(context);
  const { master, agents } = context.cluster.settings.machines;
  return new Map(
    [master, ...agents].map(({ name }) => [name, createRemoteMachine(context.shell, configFile, name)]),
  );
}

async function writeSshConfig(context: Context): Promise<string> {
  const sockets = join(context.directories.data, 'ssh');
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  const file = join(sockets, 'config');
  // One connection a machine, shared by all commands, saves a handshake for each.
  const sharing = ['ControlMaster auto', 'ControlPersist 30', `ControlPath ${sockets}/%C`];
  const more = ['Host *', ...sharing, 'ServerAliveInterval 5', 'ServerAliveCountMax 4', 'ConnectTimeout 10'];
  await writeFile(file, `${await readSshConfig(context)}\n${more.join('\n  ')}\n`, { mode: 0o600 });
  return file;
}

function createRemoteMachine(shell: Shell, configFile: string, name: string): RemoteMachine {
  const ssh = (script: string) => ['-F', configFile, name, `sudo sh -c ${quote(`set -eu\n${script}`)}`];
  const machine: RemoteMachine = {
    name,
    run: (script, options) => shell.run('ssh', ssh(script), options),
    attempt: (script, options) => shell.attempt('ssh', ssh(script), options),
    async write(path, text, mode) {
      const result = await machine.run(writeScript(path, mode), { input: text, isSecret: true });
      return result.stdout.trim() === 'changed';
    },
    async copy(localFile, path, mode) {
      const checksum = await checksumFile(localFile);
      const known = await machine.attempt(`cat ${quote(`${path}.sha256`)}`);
      if (known.stdout.trim() === checksum) return false;
      await machine.run(copyScript(path, mode, checksum), { input: createReadStream(localFile) });
      return true;
    },
  };
  return machine;
}

/** Replaces a file by standard input in one step, and says whether that changed it. */
function writeScript(path: string, mode: string): string {
  const [target, unfinished] = [quote(path), quote(`${path}.unfinished`)];
  return [
    `umask 077; mkdir -p "$(dirname ${target})"; cat > ${unfinished}; chmod ${mode} ${unfinished}`,
    `if cmp -s ${unfinished} ${target}; then rm ${unfinished}; echo same; exit; fi`,
    `mv ${unfinished} ${target}; echo changed`,
  ].join('\n');
}

/** As {@link writeScript}; the checksum goes into a file beside it, so that nobody has to read it again. */
function copyScript(path: string, mode: string, checksum: string): string {
  const [target, unfinished] = [quote(path), quote(`${path}.unfinished`)];
  return [
    `mkdir -p "$(dirname ${target})"; rm -f ${quote(`${path}.sha256`)}; cat > ${unfinished}`,
    `echo '${checksum}  '${unfinished} | sha256sum -c - >/dev/null`,
    `chmod ${mode} ${unfinished}; mv ${unfinished} ${target}; echo ${checksum} > ${quote(`${path}.sha256`)}`,
  ].join('\n');
}
