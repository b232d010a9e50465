import { describe, expect, test } from 'vitest';
import { parseSecretSources } from './seal.ts';

describe('the values to seal', () => {
  test('come from standard input or from files', () => {
    expect(parseSecretSources(['password=-', 'tls.key=@/tmp/key=1.pem'])).toEqual([
      { key: 'password', source: '-' },
      { key: 'tls.key', source: '/tmp/key=1.pem' },
    ]);
  });

  test('are refused in the arguments, and not repeated', () => {
    const parse = () => parseSecretSources(['password=hunter2']);
    expect(parse).toThrow('stands in the arguments');
    expect(parse).not.toThrow('hunter2');
  });

  test.each([
    ['no separator', 'password'],
    ['no key', '=-'],
    ['a key with a slash', 'a/b=-'],
  ])('are refused with %s', (_, pair) =>
    expect(() => parseSecretSources([pair])).toThrow('does not begin with KEY='),
  );

  test('are refused when two would come from standard input', () => {
    expect(() => parseSecretSources(['a=-', 'b=-'])).toThrow('Only one value');
  });
});
