import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import type { AwsClients } from './aws-clients.ts';

/** A control plane takes ten minutes, nodes and add-ons some more. */
const TIMEOUT_MS = 3_600_000;
const INTERVAL_MS = 5000;
const USELESS: readonly string[] = ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'];
const OWNER_TAG = 'orchestrator/cluster';

/** What a stack is made of. */
export interface StackDescription {
  readonly name: string;
  /** The name of the cluster in this repository. */
  readonly clusterName: string;
  /** The text of a CloudFormation template. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
}

type Clients = Pick<AwsClients, 'cloudFormation' | 'region'>;

/**
 * Makes a stack, or makes it as it is described now, or waits for what an earlier run has begun. One whose making failed
 * is removed first: CloudFormation can do nothing else with it.
 *
 * @param intervalMs how often it is looked at
 * @returns a sentence where nothing was to be done
 * @throws UserError with the resources that failed, and AWS's reasons
 */
export async function deployStack(
  clients: Clients,
  description: StackDescription,
  report: Report,
  intervalMs = INTERVAL_MS,
): Promise<string | undefined> {
  const { name } = description;
  const existing = await settle(clients, name, report, intervalMs);
  if (existing) requireOurs(existing, description.clusterName);
  if (existing && isUseless(existing)) await deleteStack(clients, name, report, intervalMs);
  const request = toRequest(description);
  if (!existing || isUseless(existing)) {
    const Tags = [{ Key: OWNER_TAG, Value: description.clusterName }];
    await clients.cloudFormation.send(new CreateStackCommand({ ...request, Tags }));
  } else if (!(await update(clients, request))) return 'is as it should be';
  const done = await settle(clients, name, report, intervalMs);
  if (done?.StackStatus === 'CREATE_COMPLETE' || done?.StackStatus === 'UPDATE_COMPLETE') return undefined;
  throw new UserError(
    `CloudFormation could not make the stack ${name} (${done?.StackStatus}): ${await listFailures(clients, name)}`,
    'Mend the cause, then run the command again: it goes on where it stopped.',
  );
}

/**
 * Removes a stack with all that it made, in the order that its parts need.
 *
 * @returns a sentence where there is none
 * @throws UserError with the resources that could not be removed
 */
export async function deleteStack(
  clients: Clients,
  name: string,
  report: Report,
  intervalMs = INTERVAL_MS,
): Promise<string | undefined> {
  const existing = await settle(clients, name, report, intervalMs);
  if (!existing) return 'there is none';
  await clients.cloudFormation.send(new DeleteStackCommand({ StackName: name }));
  const left = await settle(clients, name, report, intervalMs);
  if (!left) return undefined;
  throw new UserError(
    `CloudFormation could not remove the stack ${name} (${left.StackStatus}): ${await listFailures(clients, name)}`,
    'See what uses these, then run the command again: it goes on where it stopped.',
  );
}

/**
 * Refuses to remove what is somebody else's: the tags by which things are found have only the cluster's name.
 *
 * @throws UserError where the account has a stack of this name that this program has not made
 */
export async function requireOwnStack(clients: Clients, name: string, clusterName: string): Promise<void> {
  const existing = await readStack(clients, name);
  if (existing) requireOurs(existing, clusterName);
}

/** The stack of this name; `undefined` where there is none. */
export async function readStack({ cloudFormation }: Clients, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks.find(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  } catch (error) {
    if (isValidationError(error, /does not exist/)) return undefined;
    throw error;
  }
}

/** The value of an output of a stack. */
export function outputOf(stack: Stack | undefined, key: string): string | undefined {
  return stack?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
}

/** Waits until nothing is under way. */
async function settle(
  clients: Clients,
  name: string,
  report: Report,
  intervalMs: number,
): Promise<Stack | undefined> {
  const { stack } = await waitFor({
    description: `the stack ${name}`,
    timeoutMs: TIMEOUT_MS,
    intervalMs,
    remedy: `Look at it in the console: https://console.aws.amazon.com/cloudformation/home?region=${clients.region}. Then run the command again.`,
    probe: async () => {
      const found = await readStack(clients, name);
      if (!found?.StackStatus?.endsWith('_IN_PROGRESS')) return { stack: found };
      report(await describeProgress(clients, name));
      return undefined;
    },
  });
  return stack;
}

function toRequest({ name, template, parameters }: StackDescription) {
  return {
    StackName: name,
    TemplateBody: template,
    Capabilities: ['CAPABILITY_IAM' as const],
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  };
}

/** Whether there was anything to update. */
async function update({ cloudFormation }: Clients, request: ReturnType<typeof toRequest>): Promise<boolean> {
  try {
    await cloudFormation.send(new UpdateStackCommand(request));
    return true;
  } catch (error) {
    if (isValidationError(error, /no updates are to be performed/i)) return false;
    throw error;
  }
}

/** A stack of the same name may be somebody else's. */
function requireOurs({ StackName, Tags = [] }: Stack, clusterName: string): void {
  if (Tags.some(({ Key, Value }) => Key === OWNER_TAG && Value === clusterName)) return;
  throw new UserError(
    `The account has a stack ${StackName} that is not from this program, and nothing has been changed.`,
    'Give the cluster another name: that of another folder in clusters/.',
  );
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes */
function isUseless({ StackStatus }: Stack): boolean {
  return USELESS.includes(StackStatus ?? '');
}

async function readEvents({ cloudFormation }: Clients, name: string) {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: name }));
  return StackEvents;
}

async function describeProgress(clients: Clients, name: string): Promise<string> {
  const [newest] = await readEvents(clients, name);
  return `${newest?.LogicalResourceId ?? name} ${newest?.ResourceStatus ?? ''}`.toLowerCase();
}

async function listFailures(clients: Clients, name: string): Promise<string> {
  const failed = (await readEvents(clients, name)).filter(({ ResourceStatus }) =>
    ResourceStatus?.endsWith('_FAILED'),
  );
  const reasons = failed.map(
    (one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason ?? 'no reason given'}`,
  );
  return [...new Set(reasons)].join('; ') || 'AWS gives no reason';
}

function isValidationError(error: unknown, message: RegExp): boolean {
  return error instanceof Error && error.name === 'ValidationError' && message.test(error.message);
}
