import { expect, test } from 'vitest';
import { chooseExpired } from './choose-expired.ts';

const now = new Date('2026-11-21T12:00:00Z');
const daysAgo = (days: number) => ({
  name: String(days),
  createdAt: new Date(now.getTime() - days * 86_400_000),
  bytes: 1,
});

test('the newest are kept however old, and the young however many', () => {
  const backups = [0.1, 0.2, 0.3, 1, 3, 9, 20].map(daysAgo);
  expect(chooseExpired(backups, { keepNewest: 2, keepDays: 2 }, now)).toEqual(['3', '9', '20']);
  expect(chooseExpired(backups, { keepNewest: 6, keepDays: 2 }, now)).toEqual(['20']);
  expect(chooseExpired(backups, { keepNewest: 1, keepDays: 30 }, now)).toEqual([]);
});

test('the last one is kept whatever the settings', () => {
  expect(chooseExpired([daysAgo(400)], { keepNewest: 0, keepDays: 0 }, now)).toEqual([]);
});
