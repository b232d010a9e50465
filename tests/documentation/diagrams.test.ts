import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../support/find-browser.ts';
import { readDocuments } from './read-documents.ts';

const MERMAID = createRequire(import.meta.url).resolve('@mermaid-js/tiny');
const documents = await readDocuments();
const diagrams = documents.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'mermaid');

/** What the script gives the page. */
interface Mermaid {
  readonly initialize: (settings: { readonly startOnLoad: boolean }) => void;
  readonly render: (id: string, source: string) => Promise<{ readonly svg: string }>;
}

let browser: Browser;
let page: Page;

beforeAll(async () => {
  // biome-ignore lint/style/noProcessEnv: where programs are looked for
  const executablePath = await findBrowser(process.env.PATH);
  if (executablePath === undefined)
    throw new Error('No browser: node tests/support/install-test-packages.ts');
  // Root, as in containers, may not use its sandbox.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  page = await browser.newPage();
  await page.addScriptTag({ path: MERMAID });
});
afterAll(async () => await browser?.close());

/** Draws a diagram as GitHub does; throws what Mermaid says where it is wrong. */
async function draw(source: string): Promise<string> {
  return await page.evaluate(async (text) => {
    const { mermaid } = globalThis as unknown as { mermaid: Mermaid };
    mermaid.initialize({ startOnLoad: false });
    return (await mermaid.render('diagram', text)).svg;
  }, source);
}

test('there are diagrams, also in the README', () => {
  expect(new Set(diagrams.map(({ file }) => file))).toContain('README.md');
  expect(diagrams.length).toBeGreaterThan(5);
});

test.each(diagrams)('the diagram in $file can be drawn: $content', async ({ content }) => {
  // Versions of Mermaid differ on what this is: a new line, or two letters.
  expect(content).not.toContain('\\n');
  expect(await draw(content)).toMatch(/^<svg .*<\/svg>$/s);
});

test('a wrong diagram would be found', async () => {
  await expect(draw('flowchart LR\n  one --> [two')).rejects.toThrow('Parse error');
});
