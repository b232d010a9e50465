import { expect, test } from 'vitest';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { checkNewAgent, requireAgent, requireMachine } from './check-names.ts';

const machines: ClusterSettings['machines'] = {
  provider: 'auto',
  box: 'b',
  memory: 4096,
  cores: 2,
  master: { name: 'master', address: '10.0.0.10' },
  agents: [{ name: 'agent', address: '10.0.0.11' }],
};

test('a new name at a free address is fine, and so is one that is there already', () => {
  expect(() => checkNewAgent(machines, { name: 'agent-2', address: '10.0.0.12' })).not.toThrow();
  expect(() => checkNewAgent(machines, { name: 'agent', address: '10.0.0.11' })).not.toThrow();
});

test.each([
  ['a taken name', { name: 'agent', address: '10.0.0.12' }, 'The name `agent` is taken'],
  ['the name of the master', { name: 'master', address: '10.0.0.12' }, 'The name `master` is taken'],
  [
    'a taken address',
    { name: 'agent-2', address: '10.0.0.10' },
    'The address 10.0.0.10 is taken: master has it',
  ],
  ['an address elsewhere', { name: 'agent-2', address: '10.0.1.12' }, 'not in the network'],
])('%s is refused', (_, machine, message) => expect(() => checkNewAgent(machines, machine)).toThrow(message));

test('the master can not be removed or replaced, with the reason and the way', () => {
  expect(() => requireAgent(machines, 'master', 'remove')).toThrow("can't be removed");
  expect(() => requireAgent(machines, 'master', 'replace')).toThrow('needs a snapshot');
  expect(requireAgent(machines, 'agent', 'remove')).toBe(machines.agents[0]);
});

test('a machine that is not there is refused', () =>
  expect(() => requireMachine(machines, 'nobody')).toThrow('no machine `nobody`'));
