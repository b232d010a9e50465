import { Transform } from 'node:stream';
import { Problem } from 'service-runtime/http/problem';

/**
 * Makes a stream that passes a body on and fails once it is longer than allowed.
 * @param maxBytes how much may pass
 */
export function limitBody(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? bodyTooLarge(maxBytes) : null, chunk);
    },
  });
}

/** @returns the problem of a body that is longer than allowed */
export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem(413, { detail: `The body must not be longer than ${maxBytes} bytes.` });
}
