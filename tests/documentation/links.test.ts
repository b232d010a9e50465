import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import GithubSlugger from 'github-slugger';
import { expect, test } from 'vitest';
import { exists } from '../../bootstrap/artifacts/artifact.ts';
import { readDocuments } from './read-documents.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const ELSEWHERE = ['services/README.md', 'bootstrap/engine/README.md'];

const documents = await readDocuments();
const others = await Promise.all(
  ELSEWHERE.map(async (file) => ({ file, text: await readFile(join(REPOSITORY, file), 'utf8') })),
);
const anchors = new Map([...documents, ...others].map(({ file, text }) => [file, listAnchors(text)]));

/** The anchors that GitHub gives the headings of a document. */
function listAnchors(text: string): string[] {
  const slugger = new GithubSlugger();
  const headings = withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    slugger.slug(heading.replaceAll(/[`*]|\]\([^)]*\)|\[/g, '')),
  );
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** What is wrong with the links of a document that lead to files of this repository. */
async function findDeadLinks(file: string, text: string): Promise<string[]> {
  const links = [...withoutBlocks(text).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
  const checked = await Promise.all(
    links.map(async (link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!(await exists(join(REPOSITORY, target)))) return [`${link}: no such file`];
      const isFound = anchor === undefined || anchors.get(target)?.includes(anchor);
      return isFound ? [] : [`${link}: no such heading`];
    }),
  );
  return checked.flat();
}

test.each([...documents, ...others])('the links in $file lead to what is there', async ({ file, text }) => {
  expect(await findDeadLinks(file, text)).toEqual([]);
});

test('a link to a file or a heading that is not there would be found', async () => {
  const text =
    '[one](nothing.md) [two](architecture.md#nowhere) [three](#here) [four](settings.md#boxes)\n# Here';
  expect(await findDeadLinks('docs/cloud.md', text)).toEqual([
    'nothing.md: no such file',
    'architecture.md#nowhere: no such heading',
    '#here: no such heading',
  ]);
});

test('every document is reached from the index', () => {
  const index = documents.find(({ file }) => file === 'docs/README.md');
  const links = [...(index?.text ?? '').matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) =>
    normalize(join('docs', link)),
  );
  const missing = documents.filter(({ file }) => file !== 'docs/README.md' && !links.includes(file));
  expect(missing.map(({ file }) => file)).toEqual([]);
});
