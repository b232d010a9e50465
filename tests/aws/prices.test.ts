import { DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { createAwsClients } from '../../bootstrap/eks/aws-clients.ts';
import { readPriceTable } from '../../bootstrap/eks/price-table.ts';
import { AwsEmulator } from './aws-emulator.ts';

test('what the price table says of instances is what AWS says', async () => {
  await using _emulator = await AwsEmulator.start();
  const { ec2 } = createAwsClients('eu-central-1');
  const { instances } = await readPriceTable();
  const InstanceTypes = Object.keys(instances) as never[];
  const found = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }));
  const facts = (found.InstanceTypes ?? []).map((one) => {
    const { MaximumNetworkInterfaces = 0, Ipv4AddressesPerInterface = 0 } = one.NetworkInfo ?? {};
    const isArm = one.ProcessorInfo?.SupportedArchitectures?.includes('arm64');
    return [
      one.InstanceType,
      {
        memory: one.MemoryInfo?.SizeInMiB,
        processors: one.VCpuInfo?.DefaultVCpus,
        pods: MaximumNetworkInterfaces * (Ipv4AddressesPerInterface - 1) + 2,
        architecture: isArm ? 'arm64' : 'amd64',
      },
    ];
  });
  expect(Object.fromEntries(facts)).toEqual(instances);
});
