import { expect, test } from 'vitest';
import { parseMachineStates } from './vagrant.ts';

test('machine states are read from what Vagrant prints for programs', () => {
  const output = [
    '1795248066,master,metadata,provider,docker',
    '1795248066,master,state,running',
    '1795248066,master,state-human-long,It runs%!(VAGRANT_COMMA) and well.',
    '1795248066,agent,state,not_created',
    '1795248066,agent2,state,poweroff',
    '1795248066,agent3,state,stopped',
    '1795248066,,ui,info,Current machine states:',
  ].join('\n');
  expect([...parseMachineStates(output)]).toEqual([
    ['master', 'running'],
    ['agent', 'missing'],
    ['agent2', 'stopped'],
    ['agent3', 'stopped'],
  ]);
});
