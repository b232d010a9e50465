import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describeError, UserError } from '../lib/errors.ts';

/** The services of AWS that are talked to, in one region. */
export interface AwsClients {
  readonly region: string;
  readonly cloudFormation: CloudFormationClient;
  readonly eks: EKSClient;
  readonly ec2: EC2Client;
  /** Application and network load balancers. */
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  /** Classic ones, which Kubernetes makes where a Service asks for no other. */
  readonly classicLoadBalancing: ElasticLoadBalancingClient;
  readonly sts: STSClient;
}

/**
 * Opens the services. Who asks is found by the SDK as by AWS's own programs: variables, profiles, single sign-on
 * (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
 */
export function createAwsClients(region: string): AwsClients {
  return {
    region,
    cloudFormation: new CloudFormationClient({ region }),
    eks: new EKSClient({ region }),
    ec2: new EC2Client({ region }),
    loadBalancing: new ElasticLoadBalancingV2Client({ region }),
    classicLoadBalancing: new ElasticLoadBalancingClient({ region }),
    sts: new STSClient({ region }),
  };
}

/**
 * Who AWS takes us for.
 *
 * @returns the ARN of the user or role
 * @throws UserError where AWS knows nobody, or can't be reached
 */
export async function readCaller({ sts }: AwsClients): Promise<string> {
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? '';
  } catch (cause) {
    throw new UserError(
      `AWS does not know who you are (${describeError(cause)})`,
      'Log in: aws configure, or aws sso login and AWS_PROFILE (https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html).',
      { cause },
    );
  }
}
