import { expect, test } from 'vitest';
import { pastProxyVariables } from './proxy.ts';

const machines = {
  provider: 'auto' as const,
  box: 'b',
  memory: 4096,
  cores: 2,
  master: { name: 'master', address: '10.0.0.1' },
  agents: [{ name: 'agent', address: '10.0.0.2' }],
};

test('programs reach the machines past the proxy, and what the user has named', () => {
  const proxy = { http: undefined, https: 'http://proxy:3128', except: '.example.com' };
  const hosts = '.example.com,localhost,127.0.0.1,10.0.0.1,10.0.0.2';
  expect(pastProxyVariables(proxy, machines)).toEqual({ NO_PROXY: hosts, no_proxy: hosts });
});

test('without a proxy, their environment is left alone', () => {
  const none = { http: undefined, https: '', except: 'x' };
  expect(pastProxyVariables(none, machines)).toEqual({});
});
