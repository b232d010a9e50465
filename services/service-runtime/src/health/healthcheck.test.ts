import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCommand } from '../../../../tests/support/run-command.ts';
import { freePort } from '../../../backends/free-port.ts';
import { type HttpServer, startHttpServer } from '../http/start-http-server.ts';

let server: HttpServer | undefined;

afterEach(async () => {
  await server?.stop(0);
  server = undefined;
});

async function check(port: number): Promise<number | null> {
  const program = join(import.meta.dirname, 'healthcheck.ts');
  return (await runCommand(process.execPath, [program, `http://127.0.0.1:${port}/health`])).exitCode;
}

test.each([
  [200, 0],
  [503, 1],
])('health check of a service that answers %i ends with %i', async (status, exitCode) => {
  server = await startHttpServer((_request, response) => response.writeHead(status).end(), 0);

  expect(await check(server.port)).toBe(exitCode);
});

test('health check of a service that is not there, or does not answer, ends with 1', async () => {
  expect(await check(await freePort())).toBe(1);

  server = await startHttpServer(() => undefined, 0);
  expect(await check(server.port)).toBe(1);
});
