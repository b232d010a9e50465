import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { findChecksum, provideDownload } from './download.ts';

const BODY = 'the program';
const CHECKSUM = createHash('sha256').update(BODY).digest('hex');

let server: Server;
let answers: Record<string, string> = {};
let asked: string[] = [];
let cache = '';

beforeEach(async () => {
  cache = await makeTemporaryFolder('cache-');
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = answers[request.url ?? ''];
    if (body === undefined) response.writeHead(404);
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

const urlOf = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const provide = () =>
  provideDownload({ url: urlOf('/program'), checksumUrl: urlOf('/sums') }, cache, () => {});

describe('a download', () => {
  test('that is as its publisher says is kept, and not asked for again', async () => {
    answers = { '/program': BODY, '/sums': `${CHECKSUM}  program\n` };
    expect(await readFile(await provide(), 'utf8')).toBe(BODY);
    await provide();
    expect(asked).toEqual(['/program', '/sums']);
  });

  test('with another checksum is refused and removed', async () => {
    answers = { '/program': `${BODY}, changed`, '/sums': `${CHECKSUM}  program\n` };
    await expect(provide()).rejects.toThrow('but its publisher says');
    answers['/program'] = BODY;
    expect(await readFile(await provide(), 'utf8')).toBe(BODY);
  });

  test('that its publisher says nothing of is refused', async () => {
    answers = { '/program': BODY, '/sums': `${CHECKSUM}  another\n` };
    await expect(provide()).rejects.toThrow('nothing of it');
  });

  test('that is not there is not asked for again and again', async () => {
    answers = {};
    await expect(provide()).rejects.toThrow('answers 404');
    expect(asked).toEqual(['/program']);
  });
});

describe('a published checksum', () => {
  test('is found alone, or in the line of the file', () => {
    expect(findChecksum(`${CHECKSUM}\n`, 'kubectl')).toBe(CHECKSUM);
    expect(findChecksum(`${'0'.repeat(64)}  k3s-arm64\n${CHECKSUM} *k3s\n`, 'k3s')).toBe(CHECKSUM);
  });
});
