import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { requireSuccess } from './cluster-under-test.ts';
import { eventually } from './eventually.ts';
import { runCommand } from './run-command.ts';

/** An sshd that serves git to the keys in a file, for reading alone. */
export interface GitSshServer {
  readonly process: ChildProcess;
  /** Of the host, as known_hosts has it after the name. */
  readonly hostKey: string;
  readonly authorizedKeysFile: string;
}

/** Starts OpenSSH's own server, as the user who runs the tests (sshd_config(5)). */
export async function startSshServer(folder: string, port: number): Promise<GitSshServer> {
  const [hostKeyFile, serve, config] = ['host_key', 'serve', 'sshd_config'].map((name) => join(folder, name));
  if (!hostKeyFile || !serve || !config) throw new Error('unreachable');
  const authorizedKeysFile = join(folder, 'authorized_keys');
  await requireSuccess(
    runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'host', '-f', hostKeyFile]),
  );
  await writeFile(authorizedKeysFile, '', { mode: 0o600 });
  await writeFile(
    serve,
    '#!/bin/sh\ncase "$SSH_ORIGINAL_COMMAND" in\n"git-upload-pack "* | "git upload-pack "*) exec git-shell -c "$SSH_ORIGINAL_COMMAND" ;;\n*) exit 1 ;;\nesac\n',
    { mode: 0o700 },
  );
  const settings = [
    ...[`Port ${port}`, `HostKey ${hostKeyFile}`, `AuthorizedKeysFile ${authorizedKeysFile}`],
    ...[`ForceCommand ${serve}`, 'PidFile none', 'UsePAM no', 'StrictModes no', 'AcceptEnv GIT_PROTOCOL'],
    ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'LogLevel ERROR'],
  ];
  await writeFile(config, `${settings.join('\n')}\n`);
  // Root's sshd insists on this folder, which the package's service makes otherwise.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const file = (await requireSuccess(runCommand('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v sshd'])))
    .stdout;
  const server = spawn(file.trim(), ['-D', '-e', '-f', config], { stdio: 'ignore' });
  await eventually({ description: 'sshd to listen', timeoutMs: 10_000 }, () => listens(port));
  return { process: server, hostKey: await readHostKey(hostKeyFile), authorizedKeysFile };
}

async function readHostKey(file: string): Promise<string> {
  const [type, key] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return `${type} ${key}`;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
