/**
 * An error that the person at the terminal can act on.
 *
 * `message` says what happened, with the values; `remedy` says what to do next, ideally as a command.
 * Errors of any other class are defects of this program and are reported as such.
 */
export class UserError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.remedy = remedy;
  }
}

/**
 * The message of anything that was thrown, with the messages of its causes behind it. A {@link UserError}
 * says all by itself.
 */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof UserError) return thrown.message;
  const cause = thrown.cause === undefined ? '' : `: ${describeError(thrown.cause)}`;
  return thrown.message.includes(cause.slice(2)) ? thrown.message : `${thrown.message}${cause}`;
}
