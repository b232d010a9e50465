import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';

/** What a snapshot says of itself, in its `snapshot.json`. */
const schema = z.strictObject({
  format: z.literal(1),
  /** The name of the cluster. */
  cluster: z.string(),
  /** The SHA-256 of its certificate authority: two clusters never have the same. */
  certificateAuthority: z.string().regex(/^[0-9a-f]{64}$/),
  /** Such as `v1.36.3+k3s1`. */
  kubernetes: z.string(),
  createdAt: z.iso.datetime(),
  /** The data store's newest revision. */
  revision: z.int().positive(),
});

/** A snapshot's description. */
export type SnapshotDescription = z.infer<typeof schema>;

/** What a snapshot is to be restored into. */
export type SnapshotTarget = Pick<SnapshotDescription, 'cluster' | 'certificateAuthority' | 'kubernetes'>;

/** Reads a description. Throws UserError when it is none of this program. */
export function parseDescription(text: string): SnapshotDescription {
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new UserError(
    'The file is no snapshot that this version knows.',
    'Snapshots are made by ./orchestrator.sh control-plane snapshot.',
  );
}

/** The SHA-256 of the certificate authority that a kubeconfig names, or `undefined` where it names none. */
export function certificateAuthorityOf(kubeconfig: string): string | undefined {
  const config = parse(kubeconfig) as {
    clusters?: { cluster?: { 'certificate-authority-data'?: string } }[];
  } | null;
  const data = config?.clusters?.[0]?.cluster?.['certificate-authority-data'];
  return data && createHash('sha256').update(Buffer.from(data, 'base64').toString().trim()).digest('hex');
}

/**
 * Refuses a snapshot that does not fit.
 *
 * @throws UserError for one of another cluster, or of a Kubernetes that is newer than the target's
 */
export function requireFitting(snapshot: SnapshotDescription, target: SnapshotTarget): void {
  if (snapshot.cluster !== target.cluster || snapshot.certificateAuthority !== target.certificateAuthority) {
    throw new UserError(
      `The snapshot is of another cluster: ${snapshot.cluster}, made ${snapshot.createdAt}, with another certificate authority than this ${target.cluster}.`,
      'Nodes and tokens of this cluster would not be known to it. Take a snapshot of this cluster.',
    );
  }
  if (compareVersions(snapshot.kubernetes, target.kubernetes) <= 0) return;
  throw new UserError(
    `The snapshot is of Kubernetes ${snapshot.kubernetes}, newer than ${target.kubernetes} here, which may not understand its data.`,
    'Check out the version of this repository that it was made with, or a later one.',
  );
}

/** Compares `vMAJOR.MINOR.PATCH`, whatever follows: negative where the first is older. */
function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((version) =>
    (version.match(/^v(\d+)\.(\d+)\.(\d+)/) ?? []).slice(1).map(Number),
  );
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
