import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  firstLine,
  isInlineCommand,
  isLooking,
  listInlineLooks,
  listOtherCommands,
  listRunBlocks,
  mayRunBesideOthers,
  RUN_ELSEWHERE,
  RUN_NOWHERE,
} from './command-classes.ts';
import { parseDocument, readDocuments } from './read-documents.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const documents = await readDocuments();

test.each(documents)('every command in $file is run by a test, or it is known why not', (document) => {
  const unlisted = listOtherCommands(document).filter(
    (line) => !(line in RUN_ELSEWHERE) && !(line in RUN_NOWHERE),
  );
  expect(unlisted).toEqual([]);
});

test('the lists name no command that the documents have no more', () => {
  const first = documents.flatMap(({ blocks }) => blocks).map(({ content }) => firstLine(content));
  const all = new Set([...first, ...documents.flatMap(({ inlineCode }) => inlineCode)]);
  const listed = [...Object.keys(RUN_ELSEWHERE), ...Object.keys(RUN_NOWHERE)];
  expect(listed.filter((line) => !all.has(line))).toEqual([]);
});

test.each(Object.entries(RUN_ELSEWHERE))('%s is run where the list says', async (_, [file, as]) => {
  expect(await readFile(join(REPOSITORY, file), 'utf8')).toContain(as);
});

test.each(['docs/questions.md', 'docs/troubleshooting.md'])('what %s tells to look at only looks', (file) => {
  const blocks = listRunBlocks(documents).filter((block) => block.file === file);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter(({ content }) => !isLooking(content)).map(({ content }) => content)).toEqual([]);
});

describe('a command that is not listed', () => {
  const parse = (text: string) => parseDocument('docs/new.md', text);

  test('is found in a block, whatever its language', () => {
    for (const language of ['text', 'console', 'shell', 'bash', '']) {
      const text = `\`\`\`${language}\nkubectl delete pod one\n\`\`\`\n`;
      expect(listOtherCommands(parse(text))).toEqual(['kubectl delete pod one']);
    }
  });

  test('is found in a sentence; one that looks is run', () => {
    const document = parse(
      'Type `kubectl delete pod one`, then `kubectl get pods`. `kubectl logs` shows more.',
    );
    expect(listOtherCommands(document)).toEqual(['kubectl delete pod one']);
    expect(listInlineLooks([document])).toEqual(['kubectl get pods']);
  });

  test('is run where it is in a block `sh`', () => {
    const document = parse('```sh\nkubectl delete pod one\n```\n\n```text\npod "one" deleted\n```\n');
    expect(listRunBlocks([document])).toEqual([
      {
        file: 'docs/new.md',
        language: 'sh',
        content: 'kubectl delete pod one\n',
        sample: 'pod "one" deleted\n',
      },
    ]);
    expect(listOtherCommands(document)).toEqual([]);
  });
});

test.each([
  'kubectl get pods',
  'kubectl --namespace argocd get applications',
  'kubectl exec billing-db-0 -- patronictl list',
  './orchestrator.sh status',
])('%s only looks', (command) => {
  expect(isLooking(`${command}\n`)).toBe(true);
});

test.each([
  'kubectl delete pod one',
  'kubectl get pods\nkubectl delete pod one',
  "kubectl exec billing-db-0 -- psql -c 'DELETE FROM orders'",
  'kubectl create deployment one --image=two',
  './orchestrator.sh destroy',
])('%s changes something', (command) => {
  expect(isLooking(`${command}\n`)).toBe(false);
});

test('what asks Vagrant is run alone', () => {
  expect(mayRunBesideOthers('kubectl get pods\n')).toBe(true);
  expect(mayRunBesideOthers('kubectl get pods\n./orchestrator.sh status\n')).toBe(false);
  expect(mayRunBesideOthers('kubectl delete pod one\n')).toBe(false);
});

test('a name of a command, and a pattern, is no command', () => {
  const codes = ['kubectl logs', 'kubectl explain KIND.spec', 'kubectl get --raw …/proxy/…', 'git push'];
  expect(codes.filter(isInlineCommand)).toEqual([]);
});
