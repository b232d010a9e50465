import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';

/** A gateway that runs as it does in a container. */
export interface GatewayProcess {
  url: string;
  /** What it logged, a record a line. */
  logged: { level: string; msg: string }[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
}

export interface GatewayProcessOptions {
  /** The file to run. */
  program: string;
  broker: RabbitmqAddress;
  /** More of its environment. */
  environment?: Readonly<Record<string, string>>;
}

/** Makes a function that starts gateways as processes; what is left of them is killed after each test. */
export function useGatewayProcesses(): (options: GatewayProcessOptions) => Promise<GatewayProcess> {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  return (options) => startGatewayProcess(options, (child) => children.push(child));
}

/** Starts a gateway on free ports. @throws if it ends before it listens */
async function startGatewayProcess(
  { program, broker, environment = {} }: GatewayProcessOptions,
  onSpawn: (child: ChildProcess) => void,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [program], {
    env: {
      PORT: '0',
      METRICS_PORT: '0',
      RABBITMQ_HOST: broker.host,
      RABBITMQ_PORT: String(broker.port),
      RABBITMQ_USERNAME: broker.username,
      RABBITMQ_PASSWORD: broker.password,
      INVENTORY_APP_URL: 'http://127.0.0.1:1',
      BILLING_APP_URL: 'http://127.0.0.1:1',
      QUERY_API_URL: 'http://127.0.0.1:1',
      RATE_LIMIT_PER_MINUTE: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onSpawn(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const logged: GatewayProcess['logged'] = [];
  const port = await Promise.race([
    untilListening(child, logged),
    exited.then((code) => Promise.reject(new Error(`the gateway ended with ${code}`))),
  ]);
  return { url: `http://127.0.0.1:${port}`, logged, kill: (signal) => child.kill(signal), exited };
}

function untilListening(child: ChildProcess, logged: GatewayProcess['logged']): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  if (child.stdout === null) throw new Error('the output is not piped');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const record = JSON.parse(line) as { level: string; msg: string; port?: number };
    logged.push(record);
    if (record.msg === 'listening' && record.port !== undefined) resolve(record.port);
  });
  return promise;
}
