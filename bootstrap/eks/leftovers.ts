import {
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  EC2ServiceException,
  paginateDescribeVolumes,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteLoadBalancerCommand as DeleteClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  paginateDescribeLoadBalancers as paginateClassic,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTagsCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { waitFor } from '../lib/wait.ts';
import type { AwsClients } from './aws-clients.ts';

/** A load balancer that is deleted gives its network interfaces back a minute or two later. */
const RELEASED_WITHIN_MS = 10 * 60_000;

/** How many load balancers AWS tells the tags of at once. */
const TAGS_AT_ONCE = 20;

/** The tag that `cloudformation.yaml` has the driver of volumes give to each: by itself it names no cluster. */
const VOLUME_TAG = 'orchestrator/eks-cluster';

/** The tag that Kubernetes gives to what it makes for a cluster (https://github.com/kubernetes/cloud-provider-aws). */
function clusterTag(eksName: string): string {
  return `kubernetes.io/cluster/${eksName}`;
}

/**
 * Removes load balancers, with what belongs to them, that Kubernetes made and didn't come to remove: they would hold the
 * network. Nothing that lacks the cluster's tag is touched.
 *
 * @param eksName the cluster's name in EKS
 * @returns what was removed
 */
export async function removeLoadBalancers(clients: AwsClients, eksName: string): Promise<string[]> {
  const removed = [...(await removeNew(clients, eksName)), ...(await removeClassic(clients, eksName))];
  return [...removed, ...(await removeTargetGroups(clients, eksName))];
}

/**
 * Removes security groups and network interfaces that Kubernetes made in the cluster's network; those that are in use
 * stay.
 */
export async function removeNetworkParts({ ec2 }: AwsClients, eksName: string): Promise<string[]> {
  const interfaces = await ec2.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [
        { Name: 'tag:cluster.k8s.amazonaws.com/name', Values: [eksName] },
        { Name: 'status', Values: ['available'] },
      ],
    }),
  );
  const removed: string[] = [];
  for (const { NetworkInterfaceId = '' } of interfaces.NetworkInterfaces ?? []) {
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    removed.push(NetworkInterfaceId);
  }
  const groups = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [{ Name: `tag:${clusterTag(eksName)}`, Values: ['owned'] }],
    }),
  );
  for (const { GroupId = '', Tags = [] } of groups.SecurityGroups ?? []) {
    // EKS has one of its own, which goes with the cluster.
    if (Tags.some(({ Key }) => Key === 'aws:eks:cluster-name')) continue;
    await revokeReferences({ ec2 }, GroupId);
    await waitFor({
      description: `security group ${GroupId}, which a load balancer still uses,`,
      timeoutMs: RELEASED_WITHIN_MS,
      intervalMs: 5_000,
      remedy: 'Run the command again: it goes on where it stopped.',
      probe: () => deleteUnused({ ec2 }, GroupId),
    });
    removed.push(GroupId);
  }
  return removed;
}

/** Whether it was deleted: `undefined` while something uses it, which is told as a violated dependency. */
async function deleteUnused({ ec2 }: Pick<AwsClients, 'ec2'>, GroupId: string): Promise<true | undefined> {
  try {
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    return true;
  } catch (error) {
    if (error instanceof EC2ServiceException && error.name === 'DependencyViolation') return undefined;
    throw error;
  }
}

/** The nodes' group lets a load balancer's in, and so long it can't be deleted. */
async function revokeReferences({ ec2 }: Pick<AwsClients, 'ec2'>, groupId: string): Promise<void> {
  const referring = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'ip-permission.group-id', Values: [groupId] }] }),
  );
  for (const { GroupId, IpPermissions = [] } of referring.SecurityGroups ?? []) {
    const references = IpPermissions.map((one) => ({
      ...one,
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: one.UserIdGroupPairs?.filter((pair) => pair.GroupId === groupId) ?? [],
    })).filter((one) => one.UserIdGroupPairs.length > 0);
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: references }));
  }
}

/** Removes the volumes that Kubernetes made, when no node is left that they could be attached to. */
export async function removeVolumes({ ec2 }: AwsClients, eksName: string): Promise<string[]> {
  const tags = [
    { Name: `tag:${VOLUME_TAG}`, Values: [eksName] },
    { Name: `tag:${clusterTag(eksName)}`, Values: ['owned'] },
  ];
  const found = new Set<string>();
  for (const tag of tags) {
    const Filters = [tag, { Name: 'status', Values: ['available', 'error'] }];
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, { Filters }))
      for (const { VolumeId = '' } of Volumes) found.add(VolumeId);
  }
  for (const VolumeId of found) await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  return [...found];
}

async function removeNew({ loadBalancing }: AwsClients, eksName: string): Promise<string[]> {
  const names = new Map<string, string>();
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client: loadBalancing }, {}))
    for (const one of LoadBalancers) names.set(one.LoadBalancerArn ?? '', one.LoadBalancerName ?? '');
  const ours = await selectTagged({ loadBalancing }, [...names.keys()], eksName);
  for (const LoadBalancerArn of ours)
    await loadBalancing.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  return ours.map((arn) => names.get(arn) ?? arn);
}

async function removeTargetGroups({ loadBalancing }: AwsClients, eksName: string): Promise<string[]> {
  const arns: string[] = [];
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client: loadBalancing }, {}))
    arns.push(...TargetGroups.map(({ TargetGroupArn = '' }) => TargetGroupArn));
  const ours = await selectTagged({ loadBalancing }, arns, eksName);
  for (const TargetGroupArn of ours)
    await loadBalancing.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
  return ours;
}

async function selectTagged(
  { loadBalancing }: Pick<AwsClients, 'loadBalancing'>,
  arns: readonly string[],
  eksName: string,
): Promise<string[]> {
  const ours: string[] = [];
  for (let start = 0; start < arns.length; start += TAGS_AT_ONCE) {
    const ResourceArns = arns.slice(start, start + TAGS_AT_ONCE);
    const { TagDescriptions = [] } = await loadBalancing.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { ResourceArn = '', Tags } of TagDescriptions)
      if (isOwned(Tags, eksName)) ours.push(ResourceArn);
  }
  return ours;
}

async function removeClassic({ classicLoadBalancing }: AwsClients, eksName: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { LoadBalancerDescriptions = [] } of paginateClassic({ client: classicLoadBalancing }, {}))
    names.push(...LoadBalancerDescriptions.map(({ LoadBalancerName = '' }) => LoadBalancerName));
  const ours: string[] = [];
  for (let start = 0; start < names.length; start += TAGS_AT_ONCE) {
    const LoadBalancerNames = names.slice(start, start + TAGS_AT_ONCE);
    const { TagDescriptions = [] } = await classicLoadBalancing.send(
      new DescribeClassicTagsCommand({ LoadBalancerNames }),
    );
    for (const { LoadBalancerName = '', Tags } of TagDescriptions)
      if (isOwned(Tags, eksName)) ours.push(LoadBalancerName);
  }
  for (const LoadBalancerName of ours)
    await classicLoadBalancing.send(new DeleteClassicCommand({ LoadBalancerName }));
  return ours;
}

function isOwned(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  eksName: string,
): boolean {
  return tags?.some(({ Key, Value }) => Key === clusterTag(eksName) && Value === 'owned') ?? false;
}
