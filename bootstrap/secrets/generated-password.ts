import { randomBytes } from 'node:crypto';

/** 192 random bits, in characters that need no escaping anywhere. */
export function generatePassword(): string {
  return randomBytes(24).toString('base64url');
}
