import { expect, test } from 'vitest';
import { compareWrites } from './compare-writes.ts';

const acknowledged = (key: string, id?: number) => ({
  key,
  isAcknowledged: true,
  ...(id === undefined ? {} : { id }),
});

test('acknowledged and absent is lost; there twice is duplicated; unacknowledged and there is neither', () => {
  const sent = [
    acknowledged('1'),
    acknowledged('2'),
    acknowledged('3'),
    { key: '4', isAcknowledged: false },
    { key: '5', isAcknowledged: false },
  ];
  const rows = ['1', '3', '3', '4', 'of another run'].map((key, id) => ({ key, id }));
  expect(compareWrites(sent, rows)).toEqual({
    sent: 5,
    acknowledged: 3,
    stored: 3,
    lost: ['2'],
    duplicated: ['3'],
    storedUnacknowledged: 1,
  });
});

test('a row under another id than was acknowledged is not the one that was promised', () => {
  expect(compareWrites([acknowledged('1', 7)], [{ key: '1', id: 8 }]).lost).toEqual(['1']);
  expect(compareWrites([acknowledged('1', 7)], [{ key: '1', id: 7 }]).lost).toEqual([]);
});

test('what was not acknowledged and is there twice is duplicated as well', () => {
  const rows = [1, 2].map((id) => ({ key: '1', id }));
  expect(compareWrites([{ key: '1', isAcknowledged: false }], rows).duplicated).toEqual(['1']);
});
