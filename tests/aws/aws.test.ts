import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateVolumeCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  DisassociateRouteTableCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, CreateNodegroupCommand, DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetPolicyCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type AwsClients, createAwsClients, readCaller } from '../../bootstrap/eks/aws-clients.ts';
import { createClusterToken } from '../../bootstrap/eks/cluster-token.ts';
import { describeKubeconfig } from '../../bootstrap/eks/eks-kubeconfig.ts';
import { stackParameters } from '../../bootstrap/eks/eks-steps.ts';
import { removeLoadBalancers, removeVolumes } from '../../bootstrap/eks/leftovers.ts';
import { scaleNodeGroup } from '../../bootstrap/eks/node-group.ts';
import { deleteStack, deployStack, readStack, requireOwnStack } from '../../bootstrap/eks/stack.ts';
import { UserError } from '../../bootstrap/lib/errors.ts';
import type { EksMachines } from '../../bootstrap/settings/cluster-settings.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { runCommand } from '../support/run-command.ts';
import { AwsEmulator } from './aws-emulator.ts';
import { providePython } from './provide-python.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const FILE = join(REPOSITORY, 'clusters', 'eks', 'cloudformation.yaml');
const INTERVAL_MS = 50;
const silent = () => {};

const settings = await readClusterSettings(REPOSITORY, 'eks');
const machines = settings.machines as EksMachines;
const template = await readFile(FILE, 'utf8');
const stack = {
  name: 'orchestrator-eks',
  clusterName: 'eks',
  template,
  parameters: stackParameters('eks', machines),
};

interface Template {
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties: { readonly ManagedPolicyArns?: readonly string[] } }
    >
  >;
}

/** CloudFormation's functions are left as their arguments. */
const functions = ['Ref', 'Sub', 'GetAtt', 'Select', 'If', 'Equals', 'Not'].map((name) => `!${name}`);
const parsed: Template = parse(template, {
  customTags: functions.map((tag) => ({ tag, resolve: (value: unknown) => value })),
  logLevel: 'silent',
});
const inPartition = (arn: string) => arn.replace(/\$\{.*?\}/, 'aws');

let emulator: AwsEmulator;
let clients: AwsClients;
let python = '';
beforeAll(async () => {
  python = await providePython();
  emulator = await AwsEmulator.start();
  clients = createAwsClients(machines.region);
}, 1_800_000);
afterAll(async () => await emulator?.[Symbol.asyncDispose]());

const runPython = async (args: readonly string[]) => {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', PYTHONPATH: python };
  return await runCommand('python3', args, { env });
};

describe('the template', () => {
  const lint = async (text: string) => {
    const file = join(await makeTemporaryFolder('template-'), 'template.yaml');
    await writeFile(file, text);
    return await runPython([
      join(python, 'bin', 'cfn-lint'),
      '--regions',
      machines.region,
      'us-east-1',
      '--',
      file,
    ]);
  };

  test('is right by the schemas of CloudFormation', async () => {
    const { exitCode, stdout } = await lint(template);
    expect(stdout).toBe('');
    expect(exitCode).toBe(0);
  });

  test.each([
    ['a property that there is not', 'InstanceTypes:', 'InstanceTyps:', "'InstanceTyps' was unexpected"],
    [
      'a value that there is not',
      'AuthenticationMode: API',
      'AuthenticationMode: NONE',
      "'NONE' is not one of",
    ],
    ['a reference to nothing', '!GetAtt NodeRole.Arn', '!GetAtt NodesRole.Arn', "'NodesRole' is not one of"],
  ])('with %s is found out', async (_, from, to, problem) => {
    expect(template).toContain(from);
    expect((await lint(template.replace(from, to))).stdout).toContain(problem);
  });

  test('takes the parameters that the settings give, and no others', () => {
    expect(Object.keys(parsed.Parameters).sort()).toEqual(Object.keys(stack.parameters).sort());
  });

  test('lets CloudFormation name the nodes, which could not be replaced otherwise, and updates them with the control plane', () => {
    const { Properties } = parsed.Resources.Nodes ?? { Properties: {} };
    expect(Properties).not.toHaveProperty('NodegroupName');
    expect(Properties).toHaveProperty('Version', 'KubernetesVersion');
  });

  test('gives each role the policies that it needs, of those that AWS has, and no others', async () => {
    const rolesOf = Object.entries(parsed.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    const policies = rolesOf.map(
      ([name, { Properties }]) => [name, Properties.ManagedPolicyArns ?? []] as const,
    );
    const iam = new IAMClient({ region: machines.region });
    for (const PolicyArn of policies.flatMap(([, arns]) => arns.map(inPartition))) {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      expect(Policy?.Arn).toBe(PolicyArn);
    }
    expect(
      Object.fromEntries(policies.map(([name, arns]) => [name, arns.map((arn) => arn.split('/').at(-1))])),
    ).toEqual({
      ClusterRole: ['AmazonEKSClusterPolicy'],
      NodeRole: ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly'],
      VolumeRole: ['AmazonEBSCSIDriverPolicy'],
    });
  });
});

describe('the stack', () => {
  test('is made with a network over three zones, and three roles', async () => {
    expect(await readCaller(clients)).toMatch(/^arn:aws:/);
    expect(await deployStack(clients, stack, silent, INTERVAL_MS)).toBeUndefined();
    expect((await readStack(clients, stack.name))?.StackStatus).toBe('CREATE_COMPLETE');
    expect(await countRoles()).toBe(3);
  });

  test('made again is made as it is described now', async () => {
    const changed = { ...stack, parameters: { ...stack.parameters, InstanceType: 't3.xlarge' } };
    await deployStack(clients, changed, silent, INTERVAL_MS);
    const found = await readStack(clients, stack.name);
    expect(found?.StackStatus).toBe('UPDATE_COMPLETE');
    expect(found?.Parameters).toContainEqual({ ParameterKey: 'InstanceType', ParameterValue: 't3.xlarge' });
  });

  test('of somebody else is left alone', async () => {
    const error = await deployStack(clients, { ...stack, clusterName: 'another' }, silent, INTERVAL_MS).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('is not from this program');
    await expect(requireOwnStack(clients, stack.name, 'another')).rejects.toThrow('is not from this program');
    await expect(requireOwnStack(clients, stack.name, stack.clusterName)).resolves.toBeUndefined();
  });

  test('is removed whole, and then there is none', async () => {
    await removeRouteTables();
    expect(await deleteStack(clients, stack.name, silent, INTERVAL_MS)).toBeUndefined();
    expect(await readStack(clients, stack.name)).toBeUndefined();
    const { Vpcs = [] } = await clients.ec2.send(new DescribeVpcsCommand({}));
    expect(Vpcs.filter(({ IsDefault }) => !IsDefault)).toEqual([]);
    expect(await countRoles()).toBe(0);
    expect(await deleteStack(clients, stack.name, silent, INTERVAL_MS)).toBe('there is none');
  });

  /** Which CloudFormation does, and moto's doesn't. */
  async function removeRouteTables(): Promise<void> {
    const { RouteTables = [] } = await clients.ec2.send(new DescribeRouteTablesCommand({}));
    for (const { RouteTableId, Associations = [] } of RouteTables) {
      if (Associations.some(({ Main }) => Main)) continue;
      for (const { RouteTableAssociationId: AssociationId } of Associations)
        await clients.ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
      await clients.ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
    }
  }

  async function countRoles(): Promise<number> {
    const { Roles = [] } = await new IAMClient({ region: machines.region }).send(new ListRolesCommand({}));
    return Roles.length;
  }
});

test('load balancers and volumes that Kubernetes left are removed, and nobody else’s', async () => {
  const owned = [{ Key: 'kubernetes.io/cluster/orchestrator-eks', Value: 'owned' }];
  const others = [{ Key: 'kubernetes.io/cluster/another', Value: 'owned' }];
  const driver = [{ Key: 'orchestrator/eks-cluster', Value: 'orchestrator-eks' }];
  expect(template).toContain(`"extraVolumeTags":{"${driver[0]?.Key}":"\${ClusterName}"}`);
  const subnets = await findSubnets();
  for (const [Name, Tags] of Object.entries({ ours: owned, theirs: others })) {
    const request = { Name, Type: 'network' as const, Subnets: subnets, Tags };
    await clients.loadBalancing.send(new CreateLoadBalancerCommand(request));
  }
  for (const Tags of [owned, driver, others]) {
    const TagSpecifications = [{ ResourceType: 'volume' as const, Tags }];
    const request = { AvailabilityZone: machines.zones[0], Size: 1, TagSpecifications };
    await clients.ec2.send(new CreateVolumeCommand(request));
  }
  expect(await removeLoadBalancers(clients, 'orchestrator-eks')).toEqual(['ours']);
  expect(await removeVolumes(clients, 'orchestrator-eks')).toHaveLength(2);
  const { LoadBalancers = [] } = await clients.loadBalancing.send(new DescribeLoadBalancersCommand({}));
  expect(LoadBalancers.map(({ LoadBalancerName }) => LoadBalancerName)).toEqual(['theirs']);
  const { Volumes = [] } = await clients.ec2.send(new DescribeVolumesCommand({}));
  expect(Volumes.map(({ Tags }) => Tags)).toEqual([others]);
  expect(await removeLoadBalancers(clients, 'orchestrator-eks')).toEqual([]);
});

async function findSubnets(): Promise<string[]> {
  const { Subnets = [] } = await clients.ec2.send(new DescribeSubnetsCommand({}));
  return Subnets.map(({ SubnetId = '' }) => SubnetId).slice(0, 2);
}

describe('a cluster', () => {
  beforeAll(async () => {
    const name = 'orchestrator-eks';
    const roleArn = 'arn:aws:iam::123456789012:role/any';
    const subnetIds = await findSubnets();
    await clients.eks.send(new CreateClusterCommand({ name, roleArn, resourcesVpcConfig: { subnetIds } }));
    const scalingConfig = { minSize: 3, desiredSize: 3, maxSize: 4 };
    const group = {
      clusterName: name,
      nodegroupName: 'Nodes-1a2b3c',
      nodeRole: roleArn,
      subnets: subnetIds,
      scalingConfig,
    };
    await clients.eks.send(new CreateNodegroupCommand(group));
  });

  test('is reached by a kubeconfig that holds no secret', async () => {
    const environment = { ...readEnvironment(), awsProfile: 'work' };
    const cluster = { name: 'eks', folder: '', settings };
    const { clusters, users } = parse(
      await describeKubeconfig(clients, { cluster, repository: '/clone', environment }),
    );
    expect(clusters[0].cluster.server).toMatch(/^https:/);
    expect(users[0].user.exec).toMatchObject({
      command: '/clone/orchestrator.sh',
      args: ['eks-token', '--cluster', 'eks'],
      env: [{ name: 'AWS_PROFILE', value: 'work' }],
    });
    expect(Object.keys(users[0].user)).toEqual(['exec']);
  });

  test('is stopped by taking its nodes, and started by bringing them back', async () => {
    expect(await scaleNodeGroup(clients, 'orchestrator-eks', 0)).toBeUndefined();
    expect(await scaleNodeGroup(clients, 'orchestrator-eks', 0)).toBe('has 0 already');
    await scaleNodeGroup(clients, 'orchestrator-eks', 3);
    const identity = { clusterName: 'orchestrator-eks', nodegroupName: 'Nodes-1a2b3c' };
    const { nodegroup } = await clients.eks.send(new DescribeNodegroupCommand(identity));
    expect(nodegroup?.scalingConfig).toEqual({ minSize: 3, desiredSize: 3, maxSize: 4 });
    const other = { nodegroupName: 'other', nodeRole: nodegroup?.nodeRole, subnets: nodegroup?.subnets };
    await clients.eks.send(new CreateNodegroupCommand({ clusterName: 'orchestrator-eks', ...other }));
    await expect(scaleNodeGroup(clients, 'orchestrator-eks', 0)).rejects.toThrow('has 2 node groups');
  });

  test('knows who asks by a token that is signed as AWS’s own library signs it', async () => {
    const { status } = await createClusterToken(clients, 'orchestrator-eks');
    expect(status.token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now() + 600_000);
    const url = new URL(Buffer.from(status.token.slice('k8s-aws-v1.'.length), 'base64url').toString());
    const date = url.searchParams.get('X-Amz-Date') ?? '';
    const script = join(import.meta.dirname, 'sign-as-botocore.py');
    const { stdout, stderr } = await runPython([script, date, machines.region, 'orchestrator-eks']);
    expect(stderr).toBe('');
    const expected = new URL(stdout.trim());
    expect(Object.fromEntries(url.searchParams)).toEqual(Object.fromEntries(expected.searchParams));
    expect(url.host).toBe(expected.host);
  });
});
