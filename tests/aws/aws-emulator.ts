import { once } from 'node:events';
import { freePort } from '../../services/backends/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningCommand, startCommand } from '../support/run-command.ts';
import { providePython } from './provide-python.ts';

/** Variables by which the SDK finds whom to ask and as whom (https://docs.aws.amazon.com/sdkref/latest/guide/). */
const VARIABLES = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

/** Policies that AWS manages are known only when asked for (https://docs.getmoto.org/en/latest/docs/services/iam.html). */
const SETTINGS = { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' };

/** A server that answers as AWS does, and keeps what it is told in memory (https://docs.getmoto.org). */
export class AwsEmulator {
  readonly url: string;
  private readonly server: RunningCommand;

  private constructor(url: string, server: RunningCommand) {
    this.url = url;
    this.server = server;
  }

  /** Starts one, and has the SDK in this process talk to it and to nothing else. */
  static async start(): Promise<AwsEmulator> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', PYTHONPATH: await providePython(), ...SETTINGS };
    const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
    const server = startCommand('python3', args, { env });
    const isUp = async () => (await fetch(`${url}/moto-api/`)).ok;
    await eventually({ description: 'the emulator of AWS', timeoutMs: 120_000 }, isUp);
    const values = [url, 'test', 'test'];
    // biome-ignore lint/style/noProcessEnv: what the SDK reads is set for this process
    for (const [index, name] of VARIABLES.entries()) process.env[name] = values[index];
    return new AwsEmulator(url, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // biome-ignore lint/style/noProcessEnv: as it was before
    for (const name of VARIABLES) delete process.env[name];
    this.server.child.kill();
    if (this.server.child.exitCode === null) await once(this.server.child, 'exit');
  }
}
