import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { freePort } from './free-port.ts';

/** How to reach a broker. */
export interface RabbitmqAddress {
  host: string;
  port: number;
  username: string;
  password: string;
  virtualHost: string;
}

/** A RabbitMQ broker of our own, on loopback, with its data in a temporary folder. */
export interface RabbitmqServer extends RabbitmqAddress {
  /** Ends it as a crash would, and keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port after kill. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

type Environment = Record<string, string>;

const startTimeoutMs = 90_000;

/** The image's definitions: its policies and queues are tested with the services. */
const imageDefinitions = join(import.meta.dirname, '..', 'rabbitmq', 'definitions');

/** Debian's programs, but not its wrapper in /usr/sbin: that one runs them as another user, in other folders. */
const debianPrograms = '/usr/lib/rabbitmq/bin';

/**
 * Starts a broker with the image's definitions, from the rabbitmq-server that is installed.
 * @throws if none is installed, or it doesn't start; the message has its output
 */
export async function startRabbitmq(): Promise<RabbitmqServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'));
  const password = randomBytes(12).toString('hex');
  const address = {
    host: '127.0.0.1',
    port: await freePort(),
    username: 'tester',
    password,
    virtualHost: '/',
  };
  const environment = await createEnvironment(folder, address.port);
  await writeSettings(folder, address);
  let broker: ChildProcess | undefined;
  const restart = async () => {
    broker = await spawnBroker(folder, environment);
    await untilReady(broker, address, folder);
  };
  const kill = async () => {
    if (broker?.pid === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    // The start script is the leader of a process group that Erlang is in.
    process.kill(-broker.pid, 'SIGKILL');
    await once(broker, 'exit');
  };
  const stop = async () => {
    await kill();
    // Erlang's name server was started by the broker, but as a daemon of its own.
    const { PATH, ERL_EPMD_PORT } = environment;
    await promisify(execFile)('epmd', ['-kill'], { env: { PATH, ERL_EPMD_PORT } }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await restart();
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...address, restart, kill, stop };
}

/** @returns variables that give a node its own name, ports and folders, so that it meets no other of this machine */
async function createEnvironment(
  folder: string,
  port: number,
): Promise<Environment & { PATH: string; ERL_EPMD_PORT: string }> {
  // biome-ignore lint/style/noProcessEnv: an installed program is looked for where the user's shell would
  const searchPath = process.env.PATH ?? '';
  return {
    HOME: folder,
    PATH: [debianPrograms, searchPath].join(delimiter),
    LANG: 'C.UTF-8',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(await freePort()),
    // Lets the name server be ended though it hasn't noticed yet that the broker is gone.
    ERL_EPMD_RELAXED_COMMAND_CHECK: 'true',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_NODENAME: `test-${port}@localhost`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

async function writeSettings(
  folder: string,
  { host, port, username, password }: RabbitmqAddress,
): Promise<void> {
  const definitions = join(folder, 'definitions');
  await mkdir(definitions);
  await cp(imageDefinitions, definitions, { recursive: true });
  await writeFile(join(definitions, '20-user.json'), JSON.stringify(userDefinitions(username, password)));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  await writeFile(
    join(folder, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = ${host}:${port}`,
      `load_definitions = ${definitions}`,
      'log.console = true',
      'log.file = false',
      '',
    ].join('\n'),
  );
}

/** @returns what makes a user who may do everything; the password salted and hashed as RabbitMQ keeps it */
function userDefinitions(name: string, password: string): object {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  const hash = Buffer.concat([salt, digest]).toString('base64');
  return {
    users: [
      {
        name,
        password_hash: hash,
        hashing_algorithm: 'rabbit_password_hashing_sha256',
        tags: 'administrator',
      },
    ],
    permissions: [{ user: name, vhost: '/', configure: '.*', write: '.*', read: '.*' }],
  };
}

async function spawnBroker(folder: string, environment: Environment): Promise<ChildProcess> {
  const output = await open(join(folder, 'output'), 'a');
  const broker = spawn('rabbitmq-server', {
    env: environment,
    cwd: folder,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  try {
    await once(broker, 'spawn');
  } catch (cause) {
    throw new Error(
      `rabbitmq-server is not in ${debianPrograms} nor on PATH: apt-get install --no-install-recommends rabbitmq-server`,
      { cause },
    );
  } finally {
    await output.close();
  }
  return broker;
}

/** Waits until the broker lets us in. */
async function untilReady(broker: ChildProcess, address: RabbitmqAddress, folder: string): Promise<void> {
  const { host: hostname, port, username, password, virtualHost: vhost } = address;
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      const connection = await connect({ hostname, port, username, password, vhost });
      await connection.close();
      return;
    } catch (cause) {
      if (broker.exitCode !== null || Date.now() > deadline) {
        const output = await readFile(join(folder, 'output'), 'utf8');
        throw new Error(`RabbitMQ did not start. Its output ends so:\n${output.slice(-4000)}`, { cause });
      }
      await sleep(200);
    }
  }
}
