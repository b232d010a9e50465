import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { UserError } from '../lib/errors.ts';
import { selectContext, serverOf } from './select-context.ts';

let folder = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('kubeconfig-');
});

const two = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'one',
  clusters: [
    { name: 'a', cluster: { server: 'https://a.example:6443', 'certificate-authority': 'ca.pem' } },
    { name: 'b', cluster: { server: 'https://b.example', 'tls-server-name': 'other.example' } },
  ],
  users: [
    { name: 'key', user: { 'client-certificate-data': 'Y2VydA==', 'client-key': 'keys/key.pem' } },
    { name: 'plugin', user: { exec: { apiVersion: 'v1', command: './bin/login', args: ['me'] } } },
  ],
  contexts: [
    { name: 'one', context: { cluster: 'a', user: 'key', namespace: 'mine' } },
    { name: 'two', context: { cluster: 'b', user: 'plugin' } },
    { name: 'three', context: { cluster: 'c', user: 'plugin' } },
  ],
};

async function write(content: unknown): Promise<string> {
  const file = join(folder, 'config');
  await writeFile(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

async function refusalOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

test('the current context is taken alone, with the files that it names in it', async () => {
  await mkdir(join(folder, 'keys'));
  await writeFile(join(folder, 'ca.pem'), 'authority');
  await writeFile(join(folder, 'keys', 'key.pem'), 'key');
  const text = await selectContext(await write(two));
  expect(parse(text)).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [
      {
        name: 'one',
        cluster: {
          server: 'https://a.example:6443',
          'certificate-authority-data': Buffer.from('authority').toString('base64'),
        },
      },
    ],
    users: [
      {
        name: 'one',
        user: {
          'client-certificate-data': 'Y2VydA==',
          'client-key-data': Buffer.from('key').toString('base64'),
        },
      },
    ],
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
  });
  expect(serverOf(text)).toBe('https://a.example:6443');
});

test('another context is taken by its name, with the whole path of its credential plugin', async () => {
  const { clusters, users } = parse(await selectContext(await write(two), 'two'));
  expect(clusters[0].cluster['tls-server-name']).toBe('other.example');
  expect(users[0].user.exec).toEqual({
    apiVersion: 'v1',
    command: join(folder, 'bin', 'login'),
    args: ['me'],
  });
});

test('a context that is not there is refused with those that are', async () => {
  const file = await write(two);
  const { message, remedy } = await refusalOf(selectContext(file, 'four'));
  expect(message).toContain('has no context `four`');
  expect(remedy).toContain('one, two, three');
  expect((await refusalOf(selectContext(file, 'three'))).message).toContain('names a cluster or user');
  const without = await write({ ...two, 'current-context': '' });
  expect((await refusalOf(selectContext(without))).message).toContain('has no current context');
});

test.each([
  ['no YAML', 'clusters: [ { name: s3cret', /it is no YAML/],
  ['something else', { contexts: [], clusters: 's3cret' }, /clusters, users is not as it should be/],
  ['a key that is not there', two, /names ca\.pem, which can't be read/],
])('%s is refused, and nothing in it is repeated', async (_, content, message) => {
  const error = await refusalOf(selectContext(await write(content)));
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('s3cret');
});

test('a file that is not there is refused', async () => {
  const error = await refusalOf(selectContext(join(folder, 'none')));
  expect(error.message).toContain("can't be read");
});
