import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type ChannelModel, connect } from 'amqplib';
import { freePort } from './free-port.ts';
import { type ServerProcess, spawnServer } from './server-process.ts';

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
  /** The variables by which Erlang's tools find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends it as a crash would, and keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port after kill. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Where a broker is to be. Tests leave all of it out. */
export interface RabbitmqOptions {
  /** Any free one where left out. */
  port?: number;
  /** Where it shows its metrics, as the image does; nowhere, and quicker started, if left out. */
  metricsPort?: number;
  /** Gives up the start. */
  signal?: AbortSignal;
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
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'));
  const port = options.port ?? (await freePort());
  const password = randomBytes(12).toString('hex');
  const address = { host: '127.0.0.1', port, username: 'tester', password, virtualHost: '/' };
  const environment = await createEnvironment(folder, address.port);
  await writeSettings(folder, address, options.metricsPort);
  let broker: ServerProcess | undefined;
  const restart = async () => {
    broker = await spawnBroker(folder, environment);
    const readiness = { name: 'RabbitMQ', timeoutMs: startTimeoutMs, signal: options.signal };
    await broker.untilReady(() => tryConnection(address), readiness);
  };
  // The start script leads a process group that Erlang is in.
  const kill = async () => broker?.end('SIGKILL');
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
  return { ...address, environment, restart, kill, stop };
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
  metricsPort: number | undefined,
): Promise<void> {
  const definitions = join(folder, 'definitions');
  await mkdir(definitions);
  await cp(imageDefinitions, definitions, { recursive: true });
  await writeFile(join(definitions, '20-user.json'), JSON.stringify(userDefinitions(username, password)));
  const plugins = metricsPort === undefined ? '[].\n' : '[rabbitmq_prometheus].\n';
  await writeFile(join(folder, 'enabled_plugins'), plugins);
  await writeFile(
    join(folder, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = ${host}:${port}`,
      `load_definitions = ${definitions}`,
      'log.console = true',
      'log.file = false',
      ...(metricsPort === undefined ? [] : metricsSettings(metricsPort)),
      '',
    ].join('\n'),
  );
}

/** Figures are made ten times as often as by default, for tests that wait for new ones. */
function metricsSettings(port: number): string[] {
  return [`prometheus.tcp.port = ${port}`, 'collect_statistics_interval = 500'];
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

async function spawnBroker(folder: string, env: Environment): Promise<ServerProcess> {
  try {
    return await spawnServer('rabbitmq-server', [], { folder, output: join(folder, 'output'), env });
  } catch (cause) {
    throw new Error(
      `rabbitmq-server is not in ${debianPrograms} nor on PATH: apt-get install --no-install-recommends rabbitmq-server`,
      { cause },
    );
  }
}

async function tryConnection(address: RabbitmqAddress): Promise<void> {
  const connection = await connectTo(address);
  await connection.close();
}

/** Opens a connection, which the caller closes. */
export function connectTo({
  host,
  port,
  username,
  password,
  virtualHost,
}: RabbitmqAddress): Promise<ChannelModel> {
  return connect({ hostname: host, port, username, password, vhost: virtualHost });
}
