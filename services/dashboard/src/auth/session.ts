import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const sessionMs = 12 * 60 * 60 * 1000;

/** Lets in who knows the token, and for half a day who has been let in. */
export interface Sessions {
  /** Whether this is the token; how long it takes tells nothing of it. */
  isToken(text: string): boolean;
  /** @returns what a browser shows from now on instead of the token, which it can't be made out from */
  open(): { readonly value: string; readonly maxAgeMs: number };
  /** @returns when the session ends, in milliseconds since 1970; undefined where it is none, or has ended */
  endOf(value: string): number | undefined;
}

/**
 * Keeps no list: a session is its end, signed with the token, so that it holds for every pod and after a restart, and
 * no longer than the token.
 * @param now the clock, in milliseconds
 */
export function createSessions(token: string, now: () => number = Date.now): Sessions {
  const sign = (end: string) => createHmac('sha256', token).update(`session ${end}`).digest('base64url');
  return {
    isToken: (text) => isSame(text, token),
    open() {
      const end = String(now() + sessionMs);
      return { value: `${end}.${sign(end)}`, maxAgeMs: sessionMs };
    },
    endOf(value) {
      const [end = '', signature = ''] = value.split('.', 2);
      return isSame(signature, sign(end)) && Number(end) > now() ? Number(end) : undefined;
    },
  };
}

/** Hashes are compared, since what is compared in constant time must be of equal length. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
