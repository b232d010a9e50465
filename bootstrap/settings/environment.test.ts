import { expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';

test('proxies are read in small and in capital letters, and may lack the scheme', () => {
  expect(readEnvironment({ HTTPS_PROXY: 'http://a:1', https_proxy: 'b:2', NO_PROXY: 'c' }).proxy).toEqual({
    http: undefined,
    https: 'http://b:2',
    except: 'c',
  });
});

test('an empty variable is no proxy', () => {
  expect(readEnvironment({ HTTPS_PROXY: '' }).proxy.https).toBe('');
});

test('a proxy that is no address is refused by the name of its variable; its value may hold a password', () => {
  expect(() => readEnvironment({ HTTPS_PROXY: 'socks9://me:s3cret@a' })).toThrow(
    /^The variable HTTPS_PROXY is no address of a proxy\.$/,
  );
});
