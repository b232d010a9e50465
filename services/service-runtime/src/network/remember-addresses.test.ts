import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createRememberingLookup } from './remember-addresses.ts';

type Callback = Parameters<LookupFunction>[2];

/** A name server whose next answer is told by the test. */
function createNameServer() {
  const waiting: Callback[] = [];
  const resolve: LookupFunction = (_hostname, _options, callback) => void waiting.push(callback);
  const lookup = promisify(createRememberingLookup(resolve)) as (
    name: string,
    options: object,
  ) => Promise<unknown>;
  return { waiting, ask: (name = 'database') => lookup(name, {}) };
}

test('the first answer is waited for, and an error is passed on and not remembered', async () => {
  const { waiting, ask } = createNameServer();

  const refused = ask();
  waiting.pop()?.(new Error('no such name'), '');
  await expect(refused).rejects.toThrow('no such name');
  const answered = ask();
  waiting.pop()?.(null, '10.43.0.1', 4);

  expect(await answered).toBe('10.43.0.1');
});

test('a remembered answer needs no name server, which is asked once at a time and may correct it', async () => {
  const { waiting, ask } = createNameServer();
  const first = ask();
  waiting.pop()?.(null, '10.43.0.1', 4);
  await first;

  expect(await ask()).toBe('10.43.0.1');
  expect(await ask()).toBe('10.43.0.1');
  expect(waiting).toHaveLength(1);
  waiting.pop()?.(new Error('timeout'), '');
  expect(await ask()).toBe('10.43.0.1');
  waiting.pop()?.(null, '10.43.0.2', 4);

  expect(await ask()).toBe('10.43.0.2');
});

test('names are not mixed up', async () => {
  const { waiting, ask } = createNameServer();
  const first = ask('one');
  waiting.pop()?.(null, '10.43.0.1', 4);
  await first;

  const second = ask('two');
  waiting.pop()?.(null, '10.43.0.2', 4);

  expect(await second).toBe('10.43.0.2');
});
