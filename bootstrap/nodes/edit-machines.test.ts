import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseClusterSettings } from '../settings/read-cluster-settings.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { addAgent, removeAgent } from './edit-machines.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const text = await readFile(join(REPOSITORY, 'clusters', 'local', 'cluster.yaml'), 'utf8');
const third = { name: 'agent-2', address: '192.168.56.12' };

const agentsOf = (settings: string) => vagrantMachines(parseClusterSettings(settings, 'cluster.yaml')).agents;

test('an agent is added as one line, below the others', () => {
  const before = text.split('\n');
  const after = addAgent(text, third).split('\n');
  const added = after.filter((line) => !before.includes(line));
  expect(added).toEqual(['    - { name: agent-2, address: 192.168.56.12 }']);
  expect(after.filter((line) => line !== added[0])).toEqual(before);
  expect(agentsOf(after.join('\n')).at(-1)).toEqual(third);
});

test('adding what is there changes nothing', () => {
  const once = addAgent(text, third);
  expect(addAgent(once, third)).toBe(once);
});

test('removing an agent leaves what was there before it was added', () => {
  expect(removeAgent(addAgent(text, third), third.name)).toBe(text);
  expect(removeAgent(text, 'nobody')).toBe(text);
});

test('the comment above another agent stays when one goes', () => {
  const commented = addAgent(text, third).replace(
    '    - { name: agent-2',
    '    # the new one\n    - { name: agent-2',
  );
  expect(removeAgent(commented, 'agent')).toContain('# the new one\n');
});

test('without its last agent a cluster has an empty list, and can get one again', () => {
  const single = text.replace('databases: 2', 'databases: 1').replace('brokers: 3', 'brokers: 1');
  const none = removeAgent(single, 'agent');
  expect(agentsOf(none)).toEqual([]);
  expect(agentsOf(addAgent(none, third))).toEqual([third]);
});

test('the last agent stays as long as the databases want two machines', () => {
  const none = removeAgent(text, 'agent');
  expect(() => parseClusterSettings(none, 'cluster.yaml')).toThrow(
    'replicas.databases must not be more than there are machines',
  );
});
