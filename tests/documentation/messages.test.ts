import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from '../../bootstrap/artifacts/content-hash.ts';
import { readDocuments } from './read-documents.ts';

const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'bootstrap');

const documents = await readDocuments();
const sources = (await listFiles(BOOTSTRAP)).filter((file) => /(?<!\.test)\.ts$/.test(file));
const program = (
  await Promise.all(sources.map(async (file) => await readFile(join(BOOTSTRAP, file), 'utf8')))
)
  .join('\n')
  .replaceAll("\\'", "'");

/** The messages in the first column of a table, which has the heading `message`. */
function listMessages(text: string): string[] {
  const [, table = ''] = /^\| message \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  const cells = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
}

const messages = ['docs/troubleshooting.md', 'docs/runbooks/rotation.md'].flatMap((file) =>
  listMessages(documents.find((one) => one.file === file)?.text ?? ''),
);

/** What stands still in a message: `…` is a value, and so is a status of HTTP at its end. */
const steadyParts = (message: string) =>
  message
    .split(/…| in vain for /)
    .map((part) =>
      part
        .trim()
        .replace(/^[,:;] ?|[,:;]$/g, '')
        .replace(/ \d{3}$/, ''),
    )
    .filter((part) => part !== '');

test.each(messages)('the program says: %s', (message) => {
  expect(steadyParts(message).filter((part) => !program.includes(part))).toEqual([]);
});

test('there are messages, and one that nobody says would be found', () => {
  expect(messages.length).toBeGreaterThan(15);
  expect(listMessages('| message | meaning |\n|---|---|\n| `the … moon` | no |\n')).toEqual(['the … moon']);
  expect(steadyParts('… of the moon: …')).toEqual(['of the moon']);
  expect(program.includes('of the moon')).toBe(false);
});
