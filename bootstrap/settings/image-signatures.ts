import { z } from 'zod';

const line = z.string().regex(/^[^\p{Cc}]+$/u, 'must be one line');

/** What a signature must be for an image of ours to be pulled; `{}` asks for none. */
export const signatures = z
  .strictObject({
    identity: line.optional(),
    issuer: z
      .url({
        protocol: /^https$/,
        error: 'must be an https:// URL, such as https://token.actions.githubusercontent.com',
      })
      .optional(),
    key: z
      .string()
      .regex(/^\w[\w.-]*\.pub$/, 'must be the name of a file in this folder that ends in .pub')
      .optional(),
  })
  .refine(isWhole, {
    error: 'must have `identity` and `issuer`, or `key` alone, or be {} where signatures are not asked for',
  });

/** Who must have signed an image of ours: whoever is known to an issuer by an identity, or who has the key. */
export type SignatureSettings = z.infer<typeof signatures>;

/** Whether images of ours must be signed to be pulled. */
export function asksForSignatures(settings: SignatureSettings): boolean {
  return Object.values(settings).some((value) => value !== undefined);
}

function isWhole({ identity, issuer, key }: Readonly<Record<string, string | undefined>>): boolean {
  const isKeyless = identity !== undefined && issuer !== undefined && key === undefined;
  const isKeyed = key !== undefined && identity === undefined && issuer === undefined;
  return isKeyless || isKeyed || (identity ?? issuer ?? key) === undefined;
}
