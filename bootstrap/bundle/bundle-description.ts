import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import type { OperatingSystem } from '../lib/operating-system.ts';
import { PROVIDERS } from '../settings/cluster-settings.ts';

/** The form of bundles that is written and read; one more whenever an older program could not read them. */
export const BUNDLE_FORMAT = 1;
/** The first part of a bundle: what is in it. */
export const DESCRIPTION_PART = 'bundle.json';
/** The repository, as `git clone` takes it (git-bundle(1)). */
export const REPOSITORY_PART = 'repository.bundle';
/** The images that the engine must have, as `docker save` writes them, compressed. */
export const IMAGES_PART = 'images.tar.zst';
/** The Vagrant box, where machines are virtual. */
export const BOX_PART = 'machine.box';

const ARTIFACT_PART = /^artifacts\/([\w.-]+)\/([\w.+-]+)\.tar\.zst$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  createdAt: z.iso.datetime(),
  /** The commit that it was made of. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  source: z.enum(['release', 'packages']),
  provider: z.enum(PROVIDERS),
  platform: z.string(),
  architecture: z.enum(['amd64', 'arm64']),
  versions: z.record(z.string(), z.string()),
  /** The images in {@link IMAGES_PART}: the id that each had, by its reference. */
  images: z.record(z.string(), z.string()),
  /** The name of the box in {@link BOX_PART}. */
  box: z.string().optional(),
  parts: z.array(z.strictObject({ name: z.string(), bytes: z.int().nonnegative(), sha256 })),
});

/** What a bundle says of itself. */
export type BundleDescription = z.infer<typeof schema>;

/** One part of a bundle: its name, size and checksum. */
export type BundlePart = BundleDescription['parts'][number];

/** The name of the part that has a cached artifact. */
export function artifactPart(path: string): string {
  return `artifacts/${path}.tar.zst`;
}

/** The folder and key in the cache of what a part has; `undefined` for other parts. */
export function parseArtifactPart(part: string): { readonly name: string; readonly key: string } | undefined {
  const [, name, key] = ARTIFACT_PART.exec(part) ?? [];
  return name && key ? { name, key } : undefined;
}

/**
 * Reads what a bundle says of itself.
 *
 * @param file the bundle, for messages
 * @throws UserError when another version of this program wrote it
 */
export function parseDescription(text: string, file: string): BundleDescription {
  const content = parseJson(text);
  const format = z.looseObject({ format: z.int() }).safeParse(content);
  if (format.success && format.data.format !== BUNDLE_FORMAT)
    throw new UserError(
      `${file} has the format ${format.data.format}, and this clone reads the format ${BUNDLE_FORMAT}`,
      `Use the clone that is in it: tar -xOf ${file} ${REPOSITORY_PART} > ${REPOSITORY_PART} && git clone ${REPOSITORY_PART} orchestrator`,
    );
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${file} is damaged, or no bundle: its ${DESCRIPTION_PART} is not as it should be (${parsed.error.issues[0]?.message})`,
    'Copy it again, or make another: ./orchestrator.sh bundle FILE.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws UserError when the bundle is for other machines than this one */
export function requireSameMachine(
  { platform, architecture }: BundleDescription,
  system: Pick<OperatingSystem, 'platform' | 'architecture'>,
  file: string,
): void {
  if (platform === system.platform && architecture === system.architecture) return;
  throw new UserError(
    `${file} is for ${platform} on ${architecture}, and this is ${system.platform} on ${system.architecture}`,
    'Make a bundle on a machine like this one: ./orchestrator.sh bundle FILE.',
  );
}
