import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const price = z.number().positive();

const schema = z.strictObject({
  date: z.iso.date(),
  hoursPerMonth: z.int(),
  instances: z.record(
    z.string(),
    z.strictObject({
      memory: z.int(),
      processors: z.int(),
      pods: z.int(),
      architecture: z.enum(['amd64', 'arm64']),
    }),
  ),
  regions: z.record(
    z.string(),
    z.strictObject({
      controlPlane: price,
      loadBalancer: price,
      publicAddress: price,
      volumeGibMonth: price,
      instances: z.record(z.string(), price),
    }),
  ),
});

/** What things cost in AWS, in US dollars: by the hour, volumes by GiB and month. */
export type PriceTable = z.infer<typeof schema>;

/** What a node of an instance type has: memory in MiB, and how many pods get an address. */
export type InstanceType = PriceTable['instances'][string];

/** Reads the prices that are in this repository. */
export async function readPriceTable(): Promise<PriceTable> {
  return schema.parse(parse(await readFile(join(import.meta.dirname, 'prices.yaml'), 'utf8')));
}
