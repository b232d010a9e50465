import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../lib/errors.ts';
import { parseClusterSettings, readClusterSettings } from './read-cluster-settings.ts';
import { vagrantMachines } from './vagrant-machines.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const valid = await readFile(join(REPOSITORY, 'clusters', 'local', 'cluster.yaml'), 'utf8');

function problemsOf(text: string): string[] {
  try {
    parseClusterSettings(text, 'cluster.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('cluster settings', () => {
  test('of the cluster that comes with the repository are valid, with the addresses of the subject', () => {
    const machines = vagrantMachines(parseClusterSettings(valid, 'cluster.yaml'));
    expect(machines.master).toEqual({ name: 'master', address: '192.168.56.10' });
    expect(machines.agents).toEqual([{ name: 'agent', address: '192.168.56.11' }]);
  });

  test.each([
    ['an unknown key', 'cores: 2', 'cores: 2\n  disk: 10', 'machines.disk is not a known key'],
    ['a missing key', /^git:\n( .*\n)*/m, '', 'git is missing'],
    ['an unknown provider', 'provider: auto', 'provider: hyperv', 'machines.provider must be one of auto'],
    ['too little memory', 'memory: 4096', 'memory: 512', 'machines.memory must be at least 1536 MiB'],
    ['memory with a unit', 'memory: 4096', 'memory: 4G', 'machines.memory must be a whole number of MiB'],
    [
      'a box without a name',
      /box: \S+/,
      'box: https://example.org/a.box',
      'machines.box must name a Vagrant box',
    ],
    ['half an address', '192.168.56.10', '192.168.56', 'machines.master.address must be an IPv4 address'],
    ['an address used twice', '192.168.56.11', '192.168.56.10', 'is the address of another machine already'],
    [
      'more databases than machines',
      /agents:\n.*\nreplicas:\n {2}databases: \d.*\n {2}brokers: \d/,
      'agents: []\nreplicas:\n  databases: 2\n  brokers: 1',
      'replicas.databases must not be more than there are machines',
    ],
    [
      'three brokers on one machine',
      /agents:\n.*\nreplicas:\n {2}databases: \d.*\n {2}brokers: \d/,
      'agents: []\nreplicas:\n  databases: 1\n  brokers: 3',
      'replicas.brokers must be 1 on a single machine',
    ],
    [
      'a number of brokers that has no majority',
      /brokers: \d/,
      'brokers: 2',
      'replicas.brokers must be one of 1, 3',
    ],
    ['a name that is none', 'name: agent', 'name: Agent_1', 'machines.agents.0.name must be a host name'],
    [
      'a repository without encryption',
      'source: cluster',
      'source: http://github.com/me/it',
      'git.source must be `cluster`, or a URL without a password',
    ],
    [
      'a mirror that is no URL',
      'mirrors: {}',
      'mirrors: { docker.io: [mirror:5000] }',
      'images.mirrors.docker.io.0 must be a URL such as',
    ],
    [
      'a password in the URL of a mirror',
      'mirrors: {}',
      'mirrors: { docker.io: ["https://me:s3cret@mirror"] }',
      'images.mirrors.docker.io.0 must be a URL such as',
    ],
    [
      'a mirror of no registry',
      'mirrors: {}',
      'mirrors: { "https://docker.io": ["https://mirror"] }',
      'images.mirrors.https://docker.io is not the name of a registry',
    ],
    [
      'an add-on whose image could not be pulled',
      /headlamp: false([\s\S]*)source: auto/,
      'headlamp: true$1source: packages',
      'addons.headlamp must be false where everything is built from packages',
    ],
    [
      'Grafana, and nothing for it to show',
      /logs: \d+(.*)\n {2}metrics: \d+([\s\S]*)grafana: false/,
      'logs: 0$1\n  metrics: 0$2grafana: true',
      'addons.grafana must be false without observability.logs',
    ],
    [
      'an identity that nobody vouches for',
      'signatures: {}',
      'signatures: { identity: me@example.org }',
      'images.signatures must have `identity` and `issuer`, or `key` alone',
    ],
    [
      'signatures of two kinds',
      'signatures: {}',
      'signatures: { identity: me, issuer: "https://issuer.example", key: mine.pub }',
      'images.signatures must have `identity` and `issuer`, or `key` alone',
    ],
    [
      'a key that is elsewhere',
      'signatures: {}',
      'signatures: { key: ../cosign.key }',
      'images.signatures.key must be the name of a file in this folder',
    ],
    [
      'signatures where no image is pulled',
      /source: auto([\s\S]*)signatures: \{\}/,
      'source: packages$1signatures: { key: mine.pub }',
      'images.signatures must be {} where everything is built from packages',
    ],
    [
      'a token in the URL',
      'source: cluster',
      'source: https://me:token@github.com/me/it',
      'git.source must be `cluster`, or a URL without a password',
    ],
    ['a path that leads out', 'path: .', 'path: ../other', 'git.path must be `.`, or a folder'],
    ['a poll that is a burden', 'poll: 30', 'poll: 1', 'git.poll must be at least 10 seconds'],
  ])('with %s are refused, with the line and the reason', (_, from, to, problem) => {
    const text = valid.replace(from, to);
    expect(text).not.toBe(valid);
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).toMatch(/^cluster\.yaml:\d+: /);
  });

  test('of a cluster that others made name no machines', async () => {
    const { machines } = await readClusterSettings(REPOSITORY, 'existing');
    expect(machines).toEqual({ provider: 'kubeconfig' });
    const existing = await readFile(join(REPOSITORY, 'clusters', 'existing', 'cluster.yaml'), 'utf8');
    expect(
      problemsOf(existing.replace('provider: kubeconfig', 'provider: kubeconfig\n  memory: 4096')),
    ).toEqual([expect.stringMatching(/^cluster\.yaml:\d+: machines\.memory is not a known key/)]);
    expect(problemsOf(existing.replace('signatures: {}', 'signatures: { key: mine.pub }'))).toEqual([
      expect.stringMatching(/^cluster\.yaml:\d+: images\.signatures must be \{\}: what nodes verify is set/),
    ]);
    expect(problemsOf(existing.replace('mirrors: {}', 'mirrors: { "*": ["https://mirror"] }'))).toEqual([
      expect.stringMatching(/^cluster\.yaml:\d+: images\.mirrors must be \{\}/),
    ]);
  });

  describe('of a cluster in Amazon EKS', () => {
    const read = async () => await readFile(join(REPOSITORY, 'clusters', 'eks', 'cluster.yaml'), 'utf8');

    test('are those that come with the repository, in three zones', async () => {
      const { machines } = parseClusterSettings(await read(), 'cluster.yaml');
      expect(machines).toMatchObject({ provider: 'eks', nodes: 3, sshKey: 'none' });
    });

    test.each([
      [
        'a zone of another region',
        'zones: [eu-central-1a',
        'zones: [us-east-1a',
        'machines.zones must be three different',
      ],
      ['two zones', ', eu-central-1c]', ']', 'machines.zones must be three different zones of eu-central-1'],
      [
        'a version that is a number',
        'version: "1.36"',
        'version: 1.36',
        'machines.version must be a version in quotes',
      ],
      [
        'no instance type',
        'instanceType: t3.large',
        'instanceType: large',
        'machines.instanceType must be an instance type',
      ],
      ['an address without its mask', '0.0.0.0/0', '203.0.113.7', 'machines.access.0 must be a network'],
      [
        'a zone without a node',
        'nodes: 3',
        'nodes: 2',
        'machines.nodes must be at least 3 nodes, one for each',
      ],
      ['a disk that holds no cluster', 'disk: 30', 'disk: 8', 'machines.disk must be at least 20 GiB'],
    ])('with %s are refused', async (_, from, to, problem) => {
      const valid = await read();
      expect(valid).toContain(from);
      expect(problemsOf(valid.replace(from, to))).toEqual([expect.stringContaining(problem)]);
    });
  });

  test('without a provider are refused', () => {
    expect(problemsOf(valid.replace(/ {2}provider:.*\n/, ''))).toContainEqual(
      expect.stringMatching(/machines\.provider must be one of auto, .*, kubeconfig, eks/),
    );
  });

  test('with several problems are refused with all of them, in the order of their lines', () => {
    const text = valid.replace('provider: auto', 'provider: x').replace('branch: main', 'branche: main');
    const lines = problemsOf(text).map((problem) => Number(problem.split(':')[1]));
    expect(lines.length).toBeGreaterThan(2);
    expect(lines).toEqual([...lines].sort((one, other) => one - other));
  });

  test('that are no YAML are refused with the line', () => {
    expect(problemsOf('machines: [1\n')[0]).toMatch(/^cluster\.yaml:\d+: /);
  });

  test('of a cluster that does not exist are refused with those that do', async () => {
    const error: UserError = await readClusterSettings(REPOSITORY, 'nowhere').catch((thrown) => thrown);
    expect(error.message).toContain('There is no cluster `nowhere`');
    expect(error.remedy).toContain('local');
  });
});
