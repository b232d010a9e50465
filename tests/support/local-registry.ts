import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { stringify } from 'yaml';
import { createKeyPair } from '../../bootstrap/secrets/certificate.ts';
import { eventually } from './eventually.ts';
import { type RunningCommand, startCommand } from './run-command.ts';

/** How the registry knows who pulls. */
export interface RegistryUser {
  readonly username: string;
  readonly password: string;
}

/**
 * A registry (https://distribution.github.io/distribution), as a company would have one: it answers at an address over
 * TLS, with a certificate of its own, to a user with a password. Beside it, the same is open at 127.0.0.1, where
 * Docker pushes without TLS.
 */
export class LocalRegistry implements AsyncDisposable {
  /** `HOST:PORT` to push to from this machine. */
  readonly pushHost: string;
  /** `HOST:PORT` to pull from. */
  readonly pullHost: string;
  /** The file with the certificate authority. */
  readonly authority: string;
  readonly #folder: string;
  readonly #processes: RunningCommand[] = [];
  #log = '';

  private constructor(folder: string, pushHost: string, pullHost: string) {
    this.#folder = folder;
    this.pushHost = pushHost;
    this.pullHost = pullHost;
    this.authority = join(folder, 'ca.pem');
  }

  /**
   * Starts it, and waits until it answers.
   *
   * @param folder where it keeps everything
   * @param address the IPv4 address of this machine that it is pulled from at
   */
  static async start(folder: string, address: string, user: RegistryUser): Promise<LocalRegistry> {
    await mkdir(folder, { recursive: true });
    const pushHost = `127.0.0.1:${await findFreePort('127.0.0.1')}`;
    const registry = new LocalRegistry(folder, pushHost, `${address}:${await findFreePort(address)}`);
    const certificate = await createKeyPair({
      commonName: 'a registry of the tests',
      algorithm: 'ecdsa-p256',
      names: [{ type: 'ip', value: address }],
    });
    const key = join(folder, 'key.pem');
    const passwords = join(folder, 'htpasswd');
    await writeFile(registry.authority, certificate.certificate);
    await writeFile(key, certificate.privateKey, { mode: 0o600 });
    await writeFile(passwords, `${user.username}:${await hash(user.password, 10)}\n`, { mode: 0o600 });
    await registry.#run('push', { addr: pushHost });
    await registry.#run(
      'pull',
      { addr: registry.pullHost, tls: { certificate: registry.authority, key } },
      { htpasswd: { realm: 'tests', path: passwords } },
    );
    return registry;
  }

  /** What it was asked for at {@link pullHost}, and how it answered: a line for each request. */
  get log(): string {
    return this.#log;
  }

  async #run(
    name: string,
    http: { readonly addr: string; readonly tls?: object },
    auth?: object,
  ): Promise<void> {
    const storage = { filesystem: { rootdirectory: join(this.#folder, 'images') } };
    const config = { version: 0.1, storage, http, ...(auth ? { auth } : {}) };
    const file = join(this.#folder, `${name}.yml`);
    await writeFile(file, stringify(config));
    const running = startCommand('docker-registry', ['serve', file]);
    this.#processes.push(running);
    if (name === 'pull')
      for (const stream of [running.child.stdout, running.child.stderr]) this.#listen(stream);
    const { host, port } = splitHost(http.addr);
    await eventually({ description: `a registry at ${http.addr}`, timeoutMs: 20_000 }, async () => {
      if (running.child.exitCode !== null) throw new Error((await running.result).stderr);
      return await answers(host, port);
    });
  }

  #listen(stream: NodeJS.ReadableStream | null): void {
    stream?.on('data', (text: string) => {
      this.#log += text;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, result } of this.#processes) {
      child.kill();
      await result;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function splitHost(address: string): { host: string; port: number } {
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
}

async function findFreePort(address: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, address, () => {
      const found = server.address();
      server.close(() => resolve(typeof found === 'object' && found ? found.port : 0));
    });
  });
}

async function answers(address: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, address, () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
