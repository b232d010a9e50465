import type { ServiceImage } from '../artifacts/service-images.ts';

/** What the commit of a release says. */
export function formatReleaseMessage(images: readonly ServiceImage[]): string {
  return `Release ${images.map(({ name, tag }) => `${name} ${tag}`).join(', ')}`;
}
