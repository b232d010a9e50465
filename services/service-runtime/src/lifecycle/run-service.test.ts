import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';

const services = join(import.meta.dirname, '..', '..', '..');
const gatewayEnvironment = {
  PORT: '0',
  METRICS_PORT: '0',
  INVENTORY_APP_URL: 'http://127.0.0.1:1',
  BILLING_APP_URL: 'http://127.0.0.1:1',
  QUERY_API_URL: 'http://127.0.0.1:1',
  RABBITMQ_HOST: '127.0.0.1',
  RABBITMQ_PORT: '1',
  RABBITMQ_USERNAME: 'x',
  RABBITMQ_PASSWORD: 'x',
};

function run(
  service: string,
  environment: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [join(services, service, 'src', 'main.ts')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function read(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test.each(['api-gateway', 'inventory-app', 'billing-app'])(
  '%s without configuration exits with 1 and says everything that is missing',
  async (service) => {
    const process = run(service, { PORT: 'x' });
    const [errors, [code]] = await Promise.all([read(process.stderr), once(process, 'exit')]);

    expect(code).toBe(1);
    expect(errors).toMatch(/^The configuration has \d+ problems:\n/);
    expect(errors).toContain('  PORT: must be a port number\n');
    expect(errors).toMatch(/_PASSWORD: is not set \(nor is \w+_PASSWORD_FILE\)/);
    expect(errors).not.toContain('    at ');
  },
);

test('service runs without anything that it depends on, logs lines of JSON, and exits with 0 on SIGTERM', async () => {
  const process = run('api-gateway', gatewayEnvironment);
  const lines: { msg: string; level: string; port?: number }[] = [];
  const listening = Promise.withResolvers<void>();
  process.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line));
    if (lines.some(({ msg }) => msg === 'listening')) listening.resolve();
  });
  await listening.promise;

  process.kill('SIGTERM');
  const [code] = await once(process, 'exit');

  expect(code).toBe(0);
  expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['listening', 'stopping', 'stopped']));
});

test('service whose port is taken exits with 1 and says so', async () => {
  const first = run('api-gateway', gatewayEnvironment);
  const [chunk] = (await once(first.stdout, 'data')) as [Buffer];
  const line =
    chunk
      .toString()
      .split('\n')
      .find((text) => text.includes('listening')) ?? '{}';
  const { port } = JSON.parse(line) as { port: number };

  const second = run('api-gateway', { ...gatewayEnvironment, PORT: String(port) });
  const [output, [code]] = await Promise.all([read(second.stdout), once(second, 'exit')]);
  first.kill('SIGKILL');

  expect(code).toBe(1);
  expect(output).toContain('EADDRINUSE');
});
