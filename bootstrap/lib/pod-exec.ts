import { once } from 'node:events';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';

/** A command to run in a container that runs. */
export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** What it reads. Its end is not told to the command, since not every version of the protocol can. */
  readonly input?: AsyncIterable<Buffer>;
  /** Where it writes; ended when the command has ended. */
  readonly output: Writable;
  /** Told each line of its standard error. */
  readonly onErrorLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The part of a WebSocket that keeps either side from being faster than the other. */
interface Connection {
  readonly bufferedAmount: number;
  pause(): void;
  resume(): void;
  close(): void;
}

const MAX_BUFFERED_BYTES = 4_000_000;
const LOOK_AGAIN_MS = 10;

/**
 * Runs a command in a container, over the API server.
 *
 * @returns its exit code
 * @throws Error if the connection ends before the command
 */
export async function execInPod(config: KubeConfig, run: PodCommand): Promise<number> {
  const { promise: status, resolve, reject } = Promise.withResolvers<V1Status>();
  status.catch(() => undefined);
  const { promise: connected, resolve: setConnection } = Promise.withResolvers<Connection>();
  const output = new PassThrough();
  const errors = new PassThrough({ encoding: 'utf8' });
  const input = run.input ? Readable.from(paceInput(run.input, connected, status)) : null;
  const socket = await new Exec(config).exec(
    run.namespace,
    run.pod,
    run.container,
    [...run.command],
    output,
    errors,
    input,
    false,
    resolve,
  );
  const connection = socket as unknown as Connection;
  setConnection(connection);
  const broke = (why: string) => reject(new Error(`The connection to the pod ${run.pod} broke: ${why}`));
  socket.onclose = ({ code }: { code: number }) => broke(`code ${code}`);
  const abort = () => reject(run.signal.reason);
  run.signal.addEventListener('abort', abort, { once: true });
  try {
    const copying = copyOutput(output, run.output, connection);
    const reading = readLines(errors, run.onErrorLine);
    const ended = await Promise.race([status, copying.then(() => status)]);
    await Promise.all([copying, reading]);
    return exitCodeOf(ended);
  } finally {
    run.signal.removeEventListener('abort', abort);
    input?.destroy();
    connection.close();
  }
}

/** Doesn't end before the command has: its end would close the connection. */
async function* paceInput(
  input: AsyncIterable<Buffer>,
  connected: Promise<Connection>,
  status: Promise<unknown>,
): AsyncGenerator<Buffer> {
  const connection = await connected;
  for await (const chunk of input) {
    yield chunk;
    while (connection.bufferedAmount > MAX_BUFFERED_BYTES) await sleep(LOOK_AGAIN_MS);
  }
  await status.catch(() => undefined);
}

async function copyOutput(output: PassThrough, target: Writable, connection: Connection): Promise<void> {
  const isWritten = finished(target, { readable: false });
  isWritten.catch(() => undefined);
  for await (const chunk of output as AsyncIterable<Buffer>) {
    if (target.write(chunk)) continue;
    connection.pause();
    await Promise.race([once(target, 'drain'), isWritten]);
    connection.resume();
  }
  target.end();
  await isWritten;
}

/** By itself: readline ends lines at U+2028 as well, which JSON has in the midst of a text. */
async function readLines(errors: PassThrough, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const text of errors as AsyncIterable<string>) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
  if (rest !== '') onLine(rest);
}

/** Source: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/remotecommand#pkg-constants */
function exitCodeOf({ status, details, message }: V1Status): number {
  if (status === 'Success') return 0;
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new Error(`The command could not be run: ${message}`);
}
