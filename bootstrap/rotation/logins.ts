/** Where a rotation of passwords is. */
export type Phase = 'announced' | 'switched' | 'settled';

/** The phases in their order; a Secret is in none before its rotation has begun. */
const ORDER: readonly (Phase | undefined)[] = [undefined, 'announced', 'switched', 'settled'];

/** A name and a password. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The values of a Secret. */
export type SecretValues = Readonly<Record<string, string>>;

/** What a server knows its second login by, as the images postgres and rabbitmq do. */
const ALTERNATE = '_alternate';

/** The login that clients use. */
export function usedLogin({ username = '', password = '' }: SecretValues): Login {
  return { username, password };
}

/** The login that the server takes as well, where there is one. */
export function otherLogin(values: SecretValues): Login | undefined {
  const { 'other-username': username, 'other-password': password } = values;
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** The other name of the same user. */
export function otherName(username: string): string {
  return username.endsWith(ALTERNATE) ? username.slice(0, -ALTERNATE.length) : `${username}${ALTERNATE}`;
}

/** By what pods tell which state of a Secret they see; no secret itself. */
export function formatRevision(rotation: string, phase: Phase): string {
  return `${rotation}-${phase}`;
}

/** The rotation that a Secret's state is of, and where it is; `undefined` where it was never rotated. */
export function readRevision({
  revision = '',
}: SecretValues): { readonly rotation: string; readonly phase: Phase } | undefined {
  const [, rotation, phase] = revision.match(/^(.+)-(announced|switched|settled)$/) ?? [];
  return rotation && phase ? { rotation, phase: phase as Phase } : undefined;
}

/** Where a rotation is in a Secret. */
export function phaseOf(values: SecretValues, rotation: string): Phase | undefined {
  const revision = readRevision(values);
  return revision?.rotation === rotation ? revision.phase : undefined;
}

/** Whether a phase, or none, comes before another. */
export function isBefore(reached: Phase | undefined, phase: Phase | undefined): boolean {
  return ORDER.indexOf(reached) < ORDER.indexOf(phase);
}

/** Has the server take a second login, which nobody uses yet. */
export function announce(values: SecretValues, rotation: string, password: string): SecretValues {
  return {
    ...values,
    'other-username': otherName(usedLogin(values).username),
    'other-password': password,
    revision: formatRevision(rotation, 'announced'),
  };
}

/** Has clients use the second login; the server takes both. */
export function switchOver(values: SecretValues, rotation: string): SecretValues {
  const used = usedLogin(values);
  const other = otherLogin(values);
  if (!other) throw new Error(`there is no second login beside ${used.username}`);
  return {
    ...values,
    ...other,
    'other-username': used.username,
    'other-password': used.password,
    revision: formatRevision(rotation, 'switched'),
  };
}

/** Has the server take the login alone that clients use. */
export function settle(values: SecretValues, rotation: string): SecretValues {
  const { 'other-username': _name, 'other-password': _password, ...rest } = values;
  return { ...rest, revision: formatRevision(rotation, 'settled') };
}
