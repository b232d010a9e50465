import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type ChannelModel, connect } from 'amqplib';
import pWaitFor from 'p-wait-for';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RabbitmqServer, startRabbitmq } from '../backends/start-rabbitmq.ts';

/** What a mounted secret has. */
type Secret = Readonly<Record<string, string>>;

const first = { username: 'orders', password: `it's "first"` };
const second = { username: 'orders_alternate', password: 'second' };

describe('keeping the broker’s users', () => {
  let folder: string;
  let broker: RabbitmqServer;
  let keeper: ChildProcess;
  let printed = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keep-users-'));
    broker = await startRabbitmq();
    await mount(first);
    keeper = spawn(join(import.meta.dirname, 'keep-users'), {
      env: {
        ...broker.environment,
        PATH: [import.meta.dirname, broker.environment.PATH].join(delimiter),
        TMPDIR: folder,
        RABBITMQ_USERNAME_FILE: join(folder, 'secret', 'username'),
        RABBITMQ_PASSWORD_FILE: join(folder, 'secret', 'password'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [keeper.stdout, keeper.stderr])
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
  });

  afterAll(async () => {
    // Where the broker did not start, there is neither.
    try {
      const ended = once(keeper, 'exit');
      keeper.kill();
      await ended;
      await broker.stop();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  /** Changes the secret as the kubelet does: all of it at once. */
  async function mount(secret: Secret): Promise<void> {
    const draft = join(folder, 'draft');
    await mkdir(draft);
    for (const [name, value] of Object.entries(secret)) await writeFile(join(draft, name), value);
    await rename(join(folder, 'secret'), join(folder, `old-${Date.now()}`)).catch(() => undefined);
    await rename(draft, join(folder, 'secret'));
  }

  const logIn = ({ username, password }: { username: string; password: string }) =>
    connect({ hostname: broker.host, port: broker.port, vhost: '/', username, password });

  const canLogIn = async (login: typeof first) => {
    const connection = await logIn(login).catch(() => undefined);
    await connection?.close();
    return connection !== undefined;
  };

  const until = (condition: () => Promise<boolean>) =>
    pWaitFor(condition, { timeout: 90_000, interval: 200 });

  test('makes the user of the secret, who may use the queue', async () => {
    await until(() => canLogIn(first));
    expect(await canLogIn(second)).toBe(false);
    const connection = await logIn(first);
    const channel = await connection.createChannel();
    expect((await channel.checkQueue('billing_queue')).messageCount).toBe(0);
    await connection.close();
  });

  let session: ChannelModel;

  test('lets both in where the secret has two, and ends no connection', async () => {
    session = await logIn(first);
    await mount({ ...first, 'other-username': second.username, 'other-password': second.password });
    await until(() => canLogIn(second));
    expect(await canLogIn(first)).toBe(true);
    await (await session.createChannel()).checkQueue('billing_queue');
  });

  test('takes the other for the one that is used, and ends no connection', async () => {
    await mount({ ...second, 'other-username': first.username, 'other-password': first.password });
    const before = printed.length;
    await until(async () => printed.slice(before).includes('those of the secrets'));
    await (await session.createChannel()).checkQueue('billing_queue');
  });

  test('deletes the one that the secret does not name any more, with its connections', async () => {
    const closed = new Promise<Error>((resolve) => session.on('close', resolve));
    await mount(second);
    expect((await closed).message).toMatch(/CONNECTION[-_]FORCED/i);
    expect(await canLogIn(first)).toBe(false);
    expect(await canLogIn(second)).toBe(true);
  });

  test('gives the first name another password with the next rotation', async () => {
    const third = { ...first, password: 'third' };
    await mount(third);
    await until(() => canLogIn(third));
    expect(await canLogIn(first)).toBe(false);
    await until(async () => !(await canLogIn(second)));
  });

  test('waits for a broker that is away, and says so once', async () => {
    await broker.kill();
    await mount(second);
    await until(async () => printed.includes('not done yet: '));
    await broker.restart();
    await until(() => canLogIn(second));
    expect(printed).not.toContain(second.password);
  });
});
