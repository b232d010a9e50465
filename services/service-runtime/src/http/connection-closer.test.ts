import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createConnectionCloser } from './connection-closer.ts';

/** A response of which only the headers matter. */
function createResponse() {
  const headers = new Map<string, unknown>();
  const response = Object.assign(new EventEmitter(), {
    headersSent: false,
    setHeader: (name: string, value: unknown) => headers.set(name, value),
  });
  return { headers, response: response as unknown as ServerResponse };
}

function createConnection(): IncomingMessage {
  return { socket: {} } as IncomingMessage;
}

test('connection is ended by the first answer after its age is reached', () => {
  let now = 0;
  const closer = createConnectionCloser(1000, () => now);
  const connection = createConnection();
  const [young, old, other] = [createResponse(), createResponse(), createResponse()];

  closer.inspect(connection, young.response);
  now = 1001;
  closer.inspect(connection, old.response);
  closer.inspect(createConnection(), other.response);

  expect(young.headers.has('connection')).toBe(false);
  expect(old.headers.get('connection')).toBe('close');
  expect(other.headers.has('connection')).toBe(false);
});

test('connection whose request is being answered when draining begins is ended by that answer', () => {
  const closer = createConnectionCloser(1000, () => 0);
  const { response, headers } = createResponse();
  closer.inspect(createConnection(), response);

  closer.drain();

  expect(headers.get('connection')).toBe('close');
});
