import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { PROVIDERS, type VagrantMachines } from '../../bootstrap/settings/cluster-settings.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { vagrantMachines } from '../../bootstrap/settings/vagrant-machines.ts';
import { shell } from '../support/go-tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const local = await readClusterSettings(REPOSITORY, 'local');
const MACHINES: VagrantMachines = {
  ...vagrantMachines(local),
  memory: 3072,
  cores: 3,
  master: { name: 'first', address: '10.20.30.10' },
  agents: [{ name: 'second', address: '10.20.30.11' }],
};
const NAMES = ['first', 'second'];
const ADDRESSES = ['10.20.30.10', '10.20.30.11'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vagrantfile-'));
  await cp(join(REPOSITORY, 'Vagrantfile'), join(folder, 'Vagrantfile'));
  await describeCluster('mine', MACHINES);
});
afterAll(async () => await rm(folder, { recursive: true }));

async function describeCluster(name: string, machines: VagrantMachines): Promise<void> {
  await mkdir(join(folder, 'clusters', name), { recursive: true });
  const text = stringify({ ...local, machines });
  await writeFile(join(folder, 'clusters', name, 'cluster.yaml'), text);
}

/** Vagrant's own folders are the test's. */
function environment(cluster: string): Record<string, string> {
  return {
    CLUSTER: cluster,
    VAGRANT_HOME: join(folder, 'home'),
    VAGRANT_DOTFILE_PATH: join(folder, 'state'),
    VAGRANT_CHECKPOINT_DISABLE: '1',
  };
}

type Settings = Record<string, unknown>;

/** What the Vagrantfile sets, by provider and machine. */
async function record(cluster = 'mine'): Promise<Record<string, Record<string, Settings>>> {
  const recorder = join(import.meta.dirname, 'record-settings.rb');
  const { stdout } = await shell.run('ruby', [recorder, join(folder, 'Vagrantfile')], {
    env: environment(cluster),
  });
  return JSON.parse(stdout);
}

/** What a provider is told about memory and cores, in its own words. */
const SIZES: Record<string, Settings> = {
  virtualbox: { 'provider.memory': 3072, 'provider.cpus': 3 },
  libvirt: { 'provider.memory': 3072, 'provider.cpus': 3 },
  parallels: { 'provider.memory': 3072, 'provider.cpus': 3 },
  vmware_desktop: { 'provider.vmx.memsize': '3072', 'provider.vmx.numvcpus': '3' },
  docker: { 'provider.create_args': expect.arrayContaining(['--memory=3072m', '--cpus=3']) },
};

const OWN: Record<string, (name: string) => Settings> = {
  virtualbox: (name) => ({ 'provider.name': `orchestrator-mine-${name}`, 'provider.linked_clone': true }),
  libvirt: () => ({ 'provider.default_prefix': 'orchestrator-mine-' }),
  parallels: (name) => ({ 'provider.name': `orchestrator-mine-${name}`, 'provider.linked_clone': true }),
  vmware_desktop: (name) => ({
    'provider.vmx.displayName': `orchestrator-mine-${name}`,
    'provider.linked_clone': true,
    'provider.gui': false,
  }),
  docker: (name) => ({
    'provider.name': `orchestrator-mine-${name}`,
    'provider.image': 'orchestrator/machine',
    'provider.has_ssh': true,
    'provider.stop_timeout': 15,
  }),
};

describe.each([...PROVIDERS])('the machines of %s', (provider) => {
  test('have the names, addresses, memory and cores of the cluster', async () => {
    const machines = (await record())[provider] ?? {};
    expect(Object.keys(machines)).toEqual(NAMES);
    for (const [index, name] of NAMES.entries()) {
      const netmask = provider === 'docker' ? 24 : '255.255.255.0';
      expect(machines[name]).toMatchObject({
        'vm.hostname': name,
        'vm.network': [{ type: 'private_network', ip: ADDRESSES[index], netmask }],
        ...SIZES[provider],
        ...OWN[provider]?.(name),
      });
    }
  });

  test('share no folder with this machine, and need neither bash nor sudo', async () => {
    for (const settings of Object.values((await record())[provider] ?? {})) {
      expect(settings['vm.synced_folder /vagrant']).toMatchObject({ disabled: true });
      expect(settings['ssh.shell']).toBe('sh -l');
      expect(settings['ssh.sudo_command']).toContain('doas');
    }
  });
});

describe('the box', () => {
  const boxOf = async (box: string) => {
    await describeCluster('boxed', { ...MACHINES, box });
    const recorded = await record('boxed');
    expect(recorded.docker?.first).not.toHaveProperty(['vm.box']);
    const hypervisors = PROVIDERS.filter((provider) => provider !== 'docker');
    const boxes = hypervisors.map((provider) => recorded[provider]?.first ?? {});
    const [first = {}] = boxes;
    for (const one of boxes) expect(one['vm.box']).toBe(first['vm.box']);
    return [first['vm.box'], first['vm.box_url']];
  };

  test.each(['generic/alpine319', 'bento/debian-13', 'cloud-image/ubuntu-24.04'])(
    '%s comes from the registry',
    async (box) => expect(await boxOf(box)).toEqual([box, undefined]),
  );

  test('is downloaded from elsewhere where its place is given', async () => {
    const url = 'https://boxes.example.org/my%20alpine.json?version=2';
    expect(await boxOf(`my/alpine ${url}`)).toEqual(['my/alpine', url]);
  });

  test('is taken from a file, be its path absolute or that in the clone', async () => {
    expect(await boxOf('my/debian /srv/boxes/debian.box')).toEqual([
      'my/debian',
      'file:///srv/boxes/debian.box',
    ]);
    expect(await boxOf('my/debian boxes/debian.box')).toEqual([
      'my/debian',
      `file://${join(folder, 'boxes', 'debian.box')}`,
    ]);
  });
});

describe('Vagrant itself', () => {
  const vagrant = (...args: string[]) =>
    shell.attempt('vagrant', args, { cwd: folder, env: environment('mine') });

  // With one that is usable, `create` finds it valid on every cluster of the tests.
  test('finds the Vagrantfile valid, whatever the provider', async () => {
    const { exitCode, stdout, stderr } = await vagrant('validate', '--ignore-provider');
    expect(`${stdout}${stderr}`).toContain('Vagrantfile validated successfully');
    expect(exitCode).toBe(0);
  });

  test('finds a Vagrantfile with an unknown setting not valid', async () => {
    const text = 'Vagrant.configure("2") { |config| config.vm.box = "a/b"; config.vm.colour = "red" }\n';
    const other = join(folder, 'other');
    await mkdir(other);
    await writeFile(join(other, 'Vagrantfile'), text);
    const options = { cwd: other, env: environment('mine') };
    const { exitCode, stderr } = await shell.attempt('vagrant', ['validate', '--ignore-provider'], options);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('colour');
  });

  test('gives each machine one network, in the form that its provider takes', async () => {
    const observer = join(folder, 'observer');
    await mkdir(observer);
    const script = join(import.meta.dirname, 'read-configuration.rb');
    const box = 'Vagrant.configure("2") { |config| config.vm.box = "none/none" }';
    await writeFile(join(observer, 'Vagrantfile'), `require "${script}"\n${box}\n`);
    const { stdout } = await shell.run('vagrant', ['validate', '--ignore-provider'], {
      cwd: observer,
      env: { ...environment('mine'), OBSERVED_FOLDER: folder },
    });
    const configuration = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? '{}');
    const network = (ip: string | undefined, netmask: string | number) => [
      ['private_network', { ip, netmask }],
    ];
    for (const [index, name] of NAMES.entries()) {
      expect(configuration.virtualbox[name]).toMatchObject({
        hostname: name,
        box: MACHINES.box,
        networks: network(ADDRESSES[index], '255.255.255.0'),
        synced_folders: [],
      });
      expect(configuration.docker[name]).toMatchObject({
        hostname: name,
        box: null,
        networks: network(ADDRESSES[index], 24),
        synced_folders: [],
      });
    }
  });
});
