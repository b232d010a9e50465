import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatNodeSettings } from './node-settings.ts';

const machines = {
  provider: 'auto',
  box: 'b',
  memory: 4096,
  cores: 2,
  master: { name: 'master', address: '10.0.0.1' },
  agents: [{ name: 'agent', address: '10.0.0.2' }],
} as const;
const settings = { ...machines, agents: [...machines.agents] };

test('a server is reached by its address, whichever agents there are; an agent joins it', () => {
  const server = parse(formatNodeSettings(settings, machines.master, 't'));
  expect(server).toMatchObject({ token: 't', 'node-ip': '10.0.0.1', 'tls-san': ['10.0.0.1'] });
  expect(server).not.toHaveProperty('server');
  const agent = parse(formatNodeSettings(settings, machines.agents[0], 't'));
  expect(agent).toEqual({
    token: 't',
    'node-name': 'agent',
    'node-ip': '10.0.0.2',
    server: 'https://10.0.0.1:6443',
  });
});
