import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { registerCommands } from '../../bootstrap/commands/commands.ts';
import { parseClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { shell } from '../support/go-tools.ts';
import { readDocuments } from './read-documents.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

const documents = (await readDocuments()).map(({ file, text, blocks, inlineCode }) => ({
  file,
  text,
  inlineCode,
  blocks: blocks
    .filter(({ language }) => language === 'sh' || language === 'shell')
    .map(({ content }) => content),
  /** Output and sketches, which name commands, too. */
  others: blocks
    .filter(({ language }) => language !== 'sh' && language !== 'shell')
    .map(({ content }) => content),
}));

const program = registerAll();

function registerAll(): Command {
  const all = new Command();
  registerCommands(all);
  return all;
}

/** Walks into the subcommands that the words name. */
function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command = program;
  let rest = words;
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (!next) return { command, rest };
    command = next;
    rest = rest.slice(1);
  }
}

/** What is wrong with a command line of this program. */
function findProblems(line: string): string[] {
  // What stands for something, and what a sentence adds.
  const words = line.split(/\s+/).filter((word) => word !== '' && !/^[[(…<]|^\p{Lu}+…?$/u.test(word));
  if (words.length === 0) return [];
  const { command, rest } = findCommand(words);
  if (command === program && words[0] !== '--help') return [`no command ${words[0]}`];
  const options = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]);
  const known = new Set(['--help', ...command.options.map(({ long }) => long)]);
  return options.filter((option) => !known.has(option)).map((option) => `${line}: no option ${option}`);
}

describe.each(documents.filter(({ blocks }) => blocks.length > 0))('the commands in $file', ({ blocks }) => {
  test('are what bash understands', async () => {
    for (const commands of blocks) {
      const checked = await shell.attempt('bash', ['-n'], { input: commands });
      expect.soft(checked.stderr, commands).toBe('');
    }
  });

  test('are commands of this program, with options that it has', () => {
    const lines = blocks.join('\n').match(/(?<=\.\/orchestrator\.sh )[^|\n;&)]*/g) ?? [];
    expect(lines.flatMap(findProblems)).toEqual([]);
  });

  test('are scripts that package.json has', () => {
    const names = [...blocks.join('\n').matchAll(/npm run (?:--\S+ )*([\w:]+)/g)].map(([, name]) => name);
    expect(names.filter((name) => !Object.keys(packageJson.scripts).includes(name ?? ''))).toEqual([]);
  });
});

test.each(documents)('the commands that $file only names are there', ({ inlineCode, others }) => {
  const texts = [...inlineCode, ...others.flatMap((text) => text.split('\n'))];
  const lines = texts.flatMap((text) => text.match(/(?<=\.\/orchestrator\.sh )[^|\n;&)]*/g) ?? []);
  expect(lines.flatMap(findProblems)).toEqual([]);
  const scripts = texts.flatMap((text) => [...text.matchAll(/npm run (?:--\S+ )*([\w:]+)/g)]);
  const names = scripts.map(([, name = '']) => name);
  expect(names.filter((name) => !Object.keys(packageJson.scripts).includes(name))).toEqual([]);
});

test('the README has a row for each command', () => {
  const readme = documents.find(({ file }) => file === 'README.md');
  const named = readme?.inlineCode.map((code) => code.split(' ')[0]);
  const visible = program.createHelp().visibleCommands(program);
  const names = visible.map((command) => command.name()).filter((name) => name !== 'help');
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !named?.includes(name))).toEqual([]);
});

test('a command that is not there, and an option, would be found', () => {
  expect(findProblems('relaese api-gateway')).toEqual(['no command relaese']);
  expect(findProblems('release api-gateway --psuh')).toEqual([
    'release api-gateway --psuh: no option --psuh',
  ]);
  expect(findProblems('node drain agent --timeout 5m')).toEqual([]);
});

test('the settings that the way from a fork makes are valid, and are yours', async () => {
  const fork = documents.find(({ file }) => file === 'docs/fork.md');
  const edit = fork?.blocks.find((commands) => commands.startsWith('sed '))?.split('\nrm ')[0] ?? '';
  const script = edit.replace('sed -i.bak', 'sed').replace(/clusters\/\S+$/, '');
  const local = await readFile(join(REPOSITORY, 'clusters', 'local', 'cluster.yaml'), 'utf8');
  const edited = await shell.run('bash', ['-c', script], { input: local });
  const settings = parseClusterSettings(edited.stdout, 'cluster.yaml');
  expect(settings.machines.provider).toBe('virtualbox');
  expect(settings.images.namespace).toBe('you');
  expect(settings.git.source).toBe('https://github.com/you/fork');
});
