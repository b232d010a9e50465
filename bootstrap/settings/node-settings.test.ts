import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatKubeletSettings, formatNodeSettings } from './node-settings.ts';

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
  expect(server).toHaveProperty('secrets-encryption', true);
  const agent = parse(formatNodeSettings(settings, machines.agents[0], 't'));
  expect(agent).toEqual({
    token: 't',
    'node-name': 'agent',
    'node-ip': '10.0.0.2',
    'kubelet-arg': [
      'eviction-hard=imagefs.available<2Gi,nodefs.available<2Gi',
      'eviction-minimum-reclaim=imagefs.available=512Mi,nodefs.available=512Mi',
    ],
    server: 'https://10.0.0.1:6443',
  });
});

test('a node has missed three renewals of its lease before it counts as lost, and half a minute is not over then', () => {
  const server = parse(formatNodeSettings(settings, machines.master, 't'));
  const given = [...server['kube-controller-manager-arg'], ...server['kube-apiserver-arg']];
  const secondsOf = (name: string) =>
    Number.parseInt(given.find((one) => one.startsWith(name))?.split('=')[1] ?? '', 10);
  const renewal = parse(formatKubeletSettings()).nodeLeaseDurationSeconds / 4;
  const grace = secondsOf('node-monitor-grace-period');
  expect(grace).toBeGreaterThan(3 * renewal);
  for (const delay of [
    secondsOf('default-not-ready-toleration'),
    secondsOf('default-unreachable-toleration'),
  ]) {
    // What is left is for the start of the pods elsewhere.
    expect(grace + secondsOf('node-monitor-period') + delay).toBeLessThanOrEqual(22);
  }
});
