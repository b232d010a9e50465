import { readImageVerifier } from '../image-signatures/verifier.ts';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { readNodeRegistries } from '../settings/registries.ts';
import type { Check } from './finding.ts';

/** Checks that the user's file of how registries are entered is right, before a machine needs it. */
export function checkRegistries({ cluster, directories }: Pick<Context, 'cluster' | 'directories'>): Check {
  return async () => {
    const subject = 'registries';
    const mirrored = Object.keys(cluster.settings.images.mirrors);
    try {
      await readNodeRegistries(cluster.settings.images, directories);
      await readImageVerifier(cluster, directories);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { subject, isFine: false, detail: error.message, remedy: error.remedy };
    }
    const detail = mirrored.length > 0 ? `mirrors of ${mirrored.join(', ')}` : 'no mirrors';
    return { subject, isFine: true, detail };
  };
}
