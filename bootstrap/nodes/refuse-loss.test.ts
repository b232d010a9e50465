import { expect, test } from 'vitest';
import { refuseLoss } from './refuse-loss.ts';

const losses = [
  { owner: 'movies/inventory-db', reason: 'the only copy', remedy: 'Copy it' },
  { owner: 'movies/rabbitmq', reason: 'no majority', remedy: 'Wait' },
];
const removal = { action: 'remove agent', remedy: 'Copy it first.', isForced: false };

test('lets pass what loses nothing', () => {
  expect(refuseLoss([], removal)).toBe('nothing');
});

test('refuses with everything that would be lost, and with what to do', () => {
  const refused = expect.objectContaining({
    message:
      'To remove agent would lose data, and nothing has been changed:\n  movies/inventory-db: the only copy\n  movies/rabbitmq: no majority',
    remedy: 'Copy it first. To lose the data: add --force.',
  });
  expect(() => refuseLoss(losses, removal)).toThrow(refused);
});

test('says what is given up', () => {
  expect(refuseLoss(losses, { ...removal, isForced: true })).toBe(
    'given up by --force: movies/inventory-db: the only copy; movies/rabbitmq: no majority',
  );
});
