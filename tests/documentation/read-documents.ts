import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** A fenced block of a document. */
export interface Block {
  /** The document's path, from the repository's folder. */
  readonly file: string;
  /** What stands behind the fence: `sh` is run by a test, `shell` needs an account, `text` is output or a sketch. */
  readonly language: string;
  readonly content: string;
  /** What the document says that the commands of this block print. */
  readonly sample?: string;
}

/** A Markdown document of this repository. */
export interface MarkdownDocument {
  /** Its path, from the repository's folder. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The code in its sentences and tables, without that of its blocks. */
  readonly inlineCode: readonly string[];
}

/** Reads the README and all that is in docs/. */
export async function readDocuments(): Promise<MarkdownDocument[]> {
  const files = (await Array.fromAsync(glob('docs/**/*.md', { cwd: REPOSITORY }))).sort();
  return await Promise.all(
    ['README.md', ...files].map(async (file) =>
      parseDocument(file, await readFile(join(REPOSITORY, file), 'utf8')),
    ),
  );
}

/** The parts of a document. A block `text` right behind a block `sh` is the sample of what that one prints. */
export function parseDocument(file: string, text: string): MarkdownDocument {
  const fences = /^```(\w*)\n(.*?)^```$(?:\n\n(?=```text$)^```text\n(.*?)^```$)?/gms;
  const blocks = [...text.matchAll(fences)].flatMap(([, language = '', content = '', sample]): Block[] => {
    if (sample === undefined) return [{ file, language, content }];
    if (language === 'sh') return [{ file, language, content, sample }];
    return [
      { file, language, content },
      { file, language: 'text', content: sample },
    ];
  });
  const prose = text.replaceAll(fences, '');
  return { file, text, blocks, inlineCode: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code) };
}
