import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checksumFile } from '../artifacts/content-hash.ts';
import { UserError } from '../lib/errors.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { CommandError, type RunOptions, type RunResult, type Shell } from '../lib/shell.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { formatCopy, formatRootCommand, formatWrite, quoteWord } from './remote-scripts.ts';
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
 * Reaches machines over SSH, by the configuration that Vagrant gives.
 *
 * @param only the names of machines, which must run; all, unless given
 * @returns the machines by their names
 */
export async function connectMachines(
  context: Context,
  only: readonly string[] = [],
): Promise<ReadonlyMap<string, RemoteMachine>> {
  const configFile = await writeSshConfig(context, only);
  const machines = listMachines(vagrantMachines(context.cluster.settings), only);
  return new Map(machines.map(({ name }) => [name, createRemoteMachine(context.shell, configFile, name)]));
}

/** Each process has a configuration and connections of its own: another may end, or mean other machines. */
async function writeSshConfig(context: Context, only: readonly string[]): Promise<string> {
  // The path of a socket may have some hundred characters only (unix(7)), so it is not in the data directory.
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-ssh-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // One connection a machine, shared by all commands, saves a handshake for each. Vagrant's own options, which
  // come later and so matter less (ssh_config(5)), would hide why a connection fails.
  const options = [
    ...['LogLevel ERROR', 'ControlMaster auto', 'ControlPersist 10', `ControlPath ${folder}/%n`],
    ...['ServerAliveInterval 5', 'ServerAliveCountMax 4', 'ConnectTimeout 10'],
  ];
  const file = join(folder, 'config');
  await writePrivateFile(
    file,
    `Host *\n  ${options.join('\n  ')}\n\n${await readSshConfig(context, only)}\n`,
  );
  return file;
}

/** What ssh(1) exits with when it is the connection that failed, not the command. */
const CONNECTION_FAILED = 255;

function describeBrokenConnection(name: string, { stderr }: RunResult): [string, string] {
  const lastLine = stderr.trim().split('\n').at(-1);
  return [
    `The connection to the machine ${name} broke: ${lastLine}`,
    'See whether it runs (./orchestrator.sh status), then run the command again: it goes on where it stopped.',
  ];
}

function firstLine(script: string): string {
  return script.trim().split('\n')[0] ?? '';
}

function createRemoteMachine(shell: Shell, configFile: string, name: string): RemoteMachine {
  const ssh = (script: string) => ['-F', configFile, name, formatRootCommand(script)];
  const machine: RemoteMachine = {
    name,
    async run(script, options) {
      const result = await shell.attempt('ssh', ssh(script), options);
      if (result.exitCode === CONNECTION_FAILED)
        throw new UserError(...describeBrokenConnection(name, result));
      if (result.exitCode !== 0) throw new CommandError(`${firstLine(script)} (on ${name})`, result);
      return result;
    },
    attempt: (script, options) => shell.attempt('ssh', ssh(script), options),
    async write(path, text, mode) {
      const result = await machine.run(formatWrite(path, mode), { input: text, isSecret: true });
      return result.stdout.trim() === 'changed';
    },
    async copy(localFile, path, mode) {
      const checksum = await checksumFile(localFile);
      const known = await machine.attempt(`cat ${quoteWord(`${path}.sha256`)}`);
      if (known.stdout.trim() === checksum) return false;
      await machine.run(formatCopy(path, mode, checksum), { input: createReadStream(localFile) });
      return true;
    },
  };
  return machine;
}
