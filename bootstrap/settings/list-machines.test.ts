import { expect, test } from 'vitest';
import { listMachines } from './list-machines.ts';

const machines = { master: { name: 'master' }, agents: [{ name: 'agent' }, { name: 'third' }] };

test('lists all machines, the master first', () => {
  expect(listMachines(machines).map(({ name }) => name)).toEqual(['master', 'agent', 'third']);
});

test('lists only those that are named', () => {
  expect(listMachines(machines, ['third'])).toEqual([{ name: 'third' }]);
  expect(listMachines(machines, ['third', 'master'])).toEqual([{ name: 'master' }, { name: 'third' }]);
});
