import fc from 'fast-check';

/** How often a property is tried. */
export const parameters = { numRuns: 150, endOnFailure: true };

/** Text of whatever characters, and of those that are special somewhere. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '%',
    '_',
    "'",
    '../..',
    '1e309',
    '-0',
    '٣',
    '9'.repeat(400),
    'null',
  ),
);

export const anyValue = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.double(),
  fc.bigInt().map(String),
  fc.maxSafeInteger(),
);

/** The text of a header, as far as HTTP can carry it. */
export const headerText = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  })
  .map((text) => text.replaceAll('\u007f', ''));

export const contentType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'application/problem+json',
    'text/json',
  ),
  headerText,
);

export const contentEncoding = fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'x', '');

/** A body: JSON, what is nearly JSON, or bytes. */
export function bodyOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<string | Uint8Array> {
  const json = value.map((each) => JSON.stringify(each) ?? '');
  const cut = fc.tuple(json, fc.nat(40)).map(([text, count]) => text.slice(0, -count));
  return fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: fc.uint8Array() },
  );
}

export function fieldsOf(names: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
}

/** @returns the text percent-encoded, in which lone surrogates have become question marks */
export function encodeWell(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
