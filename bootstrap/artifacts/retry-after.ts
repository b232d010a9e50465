/**
 * How long a server asks to wait, in milliseconds: its Retry-After header gives seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). `undefined` where it asks for nothing that makes sense.
 */
export function readRetryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
