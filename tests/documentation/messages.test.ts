import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from '../../bootstrap/artifacts/content-hash.ts';
import { readDocuments } from './read-documents.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** What says something to people: the program, and what it starts in the cluster for backups. */
const FOLDERS = ['bootstrap', 'services/backup/src'];

const documents = await readDocuments();
const program = (await Promise.all(FOLDERS.map(readSources))).join('\n').replaceAll("\\'", "'");

/** The text of all sources in a folder, without the tests. */
async function readSources(folder: string): Promise<string> {
  const files = await listFiles(join(REPOSITORY, folder));
  const sources = files.filter((file) => /(?<!\.test)\.ts$/.test(file));
  const texts = sources.map(async (file) => await readFile(join(REPOSITORY, folder, file), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

/** The messages in the first column of a table, which has the heading `message`. */
function listMessages(text: string): string[] {
  const [, table = ''] = /^\| message \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  const cells = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
}

const messages = ['docs/troubleshooting.md', 'docs/runbooks/backup.md', 'docs/runbooks/rotation.md'].flatMap(
  (file) => listMessages(documents.find((one) => one.file === file)?.text ?? ''),
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
