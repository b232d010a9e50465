import { resolve } from 'node:path';
import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { imageReference } from '../artifacts/service-images.ts';
import { readSource } from '../artifacts/source.ts';
import { UserError } from '../lib/errors.ts';
import { chooseProvider } from '../machines/provider.ts';
import type { Context } from '../settings/context.ts';
import { parseArtifactPart, requireSameMachine } from './bundle-description.ts';
import { type OpenedBundle, openBundle } from './bundle-file.ts';

/**
 * Opens a bundle for a cluster, and refuses one that can't be right for it; changes nothing.
 *
 * @throws UserError that says what doesn't fit
 */
export async function openBundleFor(context: Context, file: string): Promise<OpenedBundle> {
  const bundle = await openBundle(resolve(file));
  const { description } = bundle;
  requireSameMachine(description, context.system, bundle.file);
  const { kubernetes } = context.cluster.settings;
  const settingsFile = `clusters/${context.cluster.name}/cluster.yaml`;
  if (kubernetes.source !== 'auto' && kubernetes.source !== description.source)
    throw new UserError(
      `${bundle.file} has what comes from \`${description.source}\`, but ${settingsFile} says kubernetes.source: ${kubernetes.source}`,
      `Set it to ${description.source} or auto, or make a bundle with these settings.`,
    );
  const made = await readSource(context);
  if (made && made !== description.source)
    throw new UserError(
      `the cluster ${context.cluster.name} is made from \`${made}\`, and ${bundle.file} has what comes from \`${description.source}\``,
      `Make a bundle with kubernetes.source: ${made} in ${settingsFile}; or ./orchestrator.sh destroy, and create it anew.`,
    );
  const provider = await chooseProvider(context);
  if (provider !== description.provider)
    throw new UserError(
      `${bundle.file} has what machines of ${description.provider} need, but here they are made with ${provider}`,
      `Set machines.provider: ${description.provider} in ${settingsFile}, or make a bundle where it is ${provider}.`,
    );
  return bundle;
}

/** @throws UserError that names what this clone needs and the bundle doesn't have */
export async function requireContents(
  { file, description }: OpenedBundle,
  artifacts: ClusterArtifacts,
): Promise<void> {
  const parts = description.parts.map(({ name }) => parseArtifactPart(name));
  const brought = new Set(parts.flatMap((part) => (part ? [`${part.name}/${part.key}`] : [])));
  const needed = await artifacts.source.listArtifacts();
  const images = (await artifacts.listServiceImages()).map(imageReference);
  const missing = [
    ...needed.filter((path) => !brought.has(path)),
    ...images.filter((image) => !(image in description.images)),
  ];
  if (missing.length === 0) return;
  throw new UserError(
    `${file} is of the commit ${description.commit.slice(0, 12)}, and this clone needs what it does not have:\n  ${missing.join('\n  ')}`,
    `Check that commit out, or make a bundle of this one where there is a network: ./orchestrator.sh bundle FILE.`,
  );
}
