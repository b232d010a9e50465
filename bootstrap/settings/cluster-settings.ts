import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseGitUrl } from './git-url.ts';
import { listMachines } from './list-machines.ts';

const HOST_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const PROVIDERS = ['virtualbox', 'vmware_desktop', 'libvirt', 'parallels', 'docker'] as const;

const machine = z.strictObject({
  name: z.string().regex(HOST_NAME, 'must be a host name: small letters, digits and hyphens'),
  address: z.string().refine(isIPv4, { error: 'must be an IPv4 address, such as 192.168.56.10' }),
});

const wholeNumber = (unit: string, minimum: number) =>
  z.int({ error: `must be a whole number of ${unit}` }).min(minimum, `must be at least ${minimum} ${unit}`);

/** What is secret is not kept in git. */
function isMirror(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
}

const isGitSource = (value: string): boolean => value === 'cluster' || parseGitUrl(value) !== undefined;

const BOX_FORMS =
  'must name a Vagrant box, such as bento/debian-13, and, after a blank, the URL or file that it comes from, if that is not the registry';

const GIT_SOURCE_FORMS =
  'must be `cluster`, or a URL without a password: https://github.com/you/fork, git@github.com:you/fork.git or ssh://git@host:22/path';

/** A registry, as the names of its images begin: a host, perhaps with a port. */
const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/;

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
    machines: z.strictObject({
      provider: z.enum(['auto', ...PROVIDERS]),
      box: z.string().regex(/^[\w.-]+(\/[\w.-]+)?( \S.*)?$/, BOX_FORMS),
      memory: wholeNumber('MiB', 1536),
      cores: wholeNumber('cores', 1),
      master: machine,
      agents: z.array(machine),
    }),
    replicas: z.strictObject({ databases: z.literal([1, 2]), brokers: z.literal([1, 3]) }),
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
    }),
  })
  .superRefine(({ machines, replicas }, context) => {
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

/** One machine of a cluster: its host name and its address on the private network. */
export type MachineSettings = ClusterSettings['machines']['master'];

/** A hypervisor, or container engine, that Vagrant makes machines with. */
export type Provider = (typeof PROVIDERS)[number];
