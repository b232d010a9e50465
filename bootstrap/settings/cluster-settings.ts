import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseGitUrl } from './git-url.ts';
import { asksForSignatures, signatures } from './image-signatures.ts';
import { listMachines } from './list-machines.ts';

const HOST_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const PROVIDERS = ['virtualbox', 'vmware_desktop', 'libvirt', 'parallels', 'docker'] as const;

const ALL_PROVIDERS = ['auto', ...PROVIDERS, 'kubeconfig', 'eks'] as const;

const BOX_FORMS =
  'must name a Vagrant box, such as bento/debian-13, and, after a blank, the URL or file that it comes from, if that is not the registry';

const machine = z.strictObject({
  name: z.string().regex(HOST_NAME, 'must be a host name: small letters, digits and hyphens'),
  address: z.string().refine(isIPv4, { error: 'must be an IPv4 address, such as 192.168.56.10' }),
});

const wholeNumber = (unit: string, minimum: number) =>
  z.int({ error: `must be a whole number of ${unit}` }).min(minimum, `must be at least ${minimum} ${unit}`);

/** The machines that Vagrant makes. */
const vagrantMachines = z.strictObject({
  provider: z.enum(['auto', ...PROVIDERS]),
  box: z.string().regex(/^[\w.-]+(\/[\w.-]+)?( \S.*)?$/, BOX_FORMS),
  memory: wholeNumber('MiB', 1536),
  cores: wholeNumber('cores', 1),
  master: machine,
  agents: z.array(machine),
});

/** The nodes of a cluster that exists already, of whatever make: its kubeconfig is given to `create`. */
const existingMachines = z.strictObject({ provider: z.literal('kubeconfig') });

/** A network, as its address and the length of its mask (RFC 4632). */
function isNetwork(value: string): boolean {
  const [address = '', length = '', ...rest] = value.split('/');
  return isIPv4(address) && /^\d{1,2}$/.test(length) && Number(length) <= 32 && rest.length === 0;
}

/** A control plane and nodes that Amazon EKS makes (https://docs.aws.amazon.com/eks/latest/userguide/). */
const eksMachines = z
  .strictObject({
    provider: z.literal('eks'),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1'),
    zones: z.array(z.string()),
    version: z.string('must be a version in quotes').regex(/^1\.\d+$/, 'must be a version such as "1.36"'),
    instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9]+$/, 'must be an instance type, such as t3.large'),
    nodes: z
      .int({ error: 'must be a whole number of nodes' })
      .min(3, 'must be at least 3 nodes, one for each zone: a volume stays in its zone'),
    disk: wholeNumber('GiB', 20),
    access: z
      .array(z.string().refine(isNetwork, { error: 'must be a network, such as 203.0.113.7/32' }))
      .min(1, 'must name at least one network'),
    sshKey: z.string().min(1, 'must be none, or the name of an EC2 key pair'),
  })
  .superRefine(({ region, zones }, context) => {
    const isRight = (zone: string) => zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
    if (new Set(zones).size === 3 && zones.length === 3 && zones.every(isRight)) return;
    const message = `must be three different zones of ${region}, such as ${region}a`;
    context.addIssue({ code: 'custom', path: ['zones'], message });
  });

/** What is secret is not kept in git. */
function isMirror(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
}

const isGitSource = (value: string): boolean => value === 'cluster' || parseGitUrl(value) !== undefined;

const GIT_SOURCE_FORMS =
  'must be `cluster`, or a URL without a password: https://github.com/you/fork, git@github.com:you/fork.git or ssh://git@host:22/path';

/** A registry, as the names of its images begin: a host, perhaps with a port. */
const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/;

/** How much is kept of something; 0 is nothing, and then what would keep it isn't there at all. */
const keptSize = (minimum: number) =>
  z.int({ error: 'must be a whole number of MiB' }).refine((value) => value === 0 || value >= minimum, {
    error: `must be at least ${minimum} MiB, or 0 for none`,
  });

const isWanted = z.boolean({ error: 'must be true or false' });

/** The mirrors of each registry; `*` is every other registry. */
const mirrors = z.record(
  z.string().refine((value) => value === '*' || REGISTRY.test(value)),
  z
    .array(z.string().refine(isMirror, { error: 'must be a URL such as https://mirror.example:5000' }))
    .min(1, 'must name at least one URL'),
);

/** The form of `clusters/<name>/cluster.yaml`. Every key is needed; there are no hidden defaults. */
export const clusterSettingsSchema = z
  .strictObject({
    machines: z.discriminatedUnion('provider', [vagrantMachines, existingMachines, eksMachines], {
      error: ({ input }) =>
        isObject(input) ? `must be one of ${ALL_PROVIDERS.join(', ')}` : 'must be a map with a `provider`',
    }),
    replicas: z.strictObject({ databases: z.literal([1, 2]), brokers: z.literal([1, 3]) }),
    observability: z.strictObject({ logs: keptSize(128), metrics: keptSize(128) }),
    addons: z.strictObject({ headlamp: isWanted, grafana: isWanted }),
    kubernetes: z.strictObject({ source: z.enum(['auto', 'release', 'packages']) }),
    git: z.strictObject({
      source: z.string().refine(isGitSource, { error: GIT_SOURCE_FORMS }),
      branch: z.string().regex(/^[\w][\w./-]*$/, 'must be the name of a branch'),
      path: z
        .string()
        .regex(/^(\.|\w[\w.-]*(\/\w[\w.-]*)*)$/, 'must be `.`, or a folder such as deploy/orchestrator'),
      poll: wholeNumber('seconds', 10),
    }),
    images: z.strictObject({
      registry: z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'must be a registry host, such as docker.io'),
      namespace: z.string().regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/, 'must be a registry namespace'),
      mirrors,
      signatures,
    }),
  })
  .superRefine(({ machines, kubernetes, images }, context) => {
    if (!asksForSignatures(images.signatures)) return;
    const message = isVagrant(machines)
      ? kubernetes.source === 'packages' &&
        'must be {} where everything is built from packages: no image is pulled'
      : 'must be {}: what nodes verify is set where they are made, which is not here';
    if (message) context.addIssue({ code: 'custom', path: ['images', 'signatures'], message });
  })
  .superRefine(({ machines, kubernetes, addons, observability }, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['addons', name], message });
    if (isVagrant(machines) && kubernetes.source === 'packages')
      for (const name of ['headlamp', 'grafana'] as const)
        if (addons[name])
          refuse(name, 'must be false where everything is built from packages: its image is pulled');
    if (addons.grafana && observability.logs + observability.metrics === 0)
      refuse(
        'grafana',
        'must be false without observability.logs and observability.metrics: it would show nothing',
      );
  })
  .superRefine(({ machines, replicas, images }, context) => {
    if (!isVagrant(machines)) {
      if (Object.keys(images.mirrors).length === 0) return;
      const message = 'must be {}: where nodes pull from is set where they are made, which is not here';
      context.addIssue({ code: 'custom', path: ['images', 'mirrors'], message });
      return;
    }
    // Two replicas of a database are never on one machine: the second would wait for ever.
    if (replicas.databases > 1 + machines.agents.length) {
      const message = 'must not be more than there are machines';
      context.addIssue({ code: 'custom', path: ['replicas', 'databases'], message });
    }
    if (replicas.brokers === 3 && machines.agents.length === 0) {
      const message = 'must be 1 on a single machine: three are never all on one';
      context.addIssue({ code: 'custom', path: ['replicas', 'brokers'], message });
    }
    for (const field of ['name', 'address'] as const) {
      const values = listMachines(machines).map((one) => one[field]);
      const repeated = values.findIndex((value, index) => values.indexOf(value) !== index);
      if (repeated < 0) continue;
      const path = ['machines', 'agents', repeated - 1, field];
      context.addIssue({ code: 'custom', path, message: `is the ${field} of another machine already` });
    }
  });

/** The settings of a cluster, as validated. Memory in MiB, for each machine. */
export type ClusterSettings = z.infer<typeof clusterSettingsSchema>;

/** What a cluster's nodes are: machines that Vagrant makes, or what is there already. */
export type Machines = ClusterSettings['machines'];

/** What Amazon EKS makes. Disks in GiB. */
export type EksMachines = z.infer<typeof eksMachines>;

/** The machines that Vagrant makes. */
export type VagrantMachines = z.infer<typeof vagrantMachines>;

/** One machine that Vagrant makes: its host name and its address on the private network. */
export type MachineSettings = VagrantMachines['master'];

/** Whether Vagrant makes the machines. */
export function isVagrant(machines: Machines): machines is VagrantMachines {
  return 'master' in machines;
}

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null;
}

/** A hypervisor, or container engine, that Vagrant makes machines with. */
export type Provider = (typeof PROVIDERS)[number];
