import { z } from 'zod';

/** The version of the format that this program writes, and the only one that it reads. */
export const archiveVersion = 1;

/** The names of the parts of an archive, as its files are called. */
export const partNames = {
  manifest: 'manifest.json',
  inventory: 'inventory.dump',
  billing: 'billing.dump',
  queues: 'queues.jsonl.gz',
  sealingKey: 'sealing-key.json',
} as const;

const countsSchema = z.record(z.string(), z.int().min(0));

const partSchema = z.strictObject({
  name: z.enum([partNames.inventory, partNames.billing, partNames.queues, partNames.sealingKey]),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What an archive says of itself: the first of its files. */
export const manifestSchema = z.strictObject({
  format: z.literal('orchestrator-backup'),
  version: z.literal(archiveVersion),
  id: z.uuid(),
  /** The name of the cluster that the data are from. */
  cluster: z.string(),
  createdAt: z.iso.datetime(),
  kind: z.enum(['scheduled', 'requested']),
  /** Versions of what wrote the parts and of what they are from. */
  components: z.record(z.string(), z.string()),
  /** Rows of each table, by database. */
  rows: z.strictObject({ inventory: countsSchema, billing: countsSchema }),
  /** Messages, by queue. */
  messages: countsSchema,
  /** For how long orders waited in the queue for the sake of consistency, in milliseconds. */
  heldMs: z.int().min(0),
  /** SHA-256 of the certificate of the sealing key, where the (encrypted) key is one of the parts. */
  sealingKeyFingerprint: z.string().nullable(),
  parts: z.array(partSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ArchivePart = Manifest['parts'][number];
