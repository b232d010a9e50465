import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import password from '@inquirer/password';
import { UserError } from '../lib/errors.ts';

const MIN_LENGTH = 12;

/** Where a passphrase comes from, and what for. */
export interface PassphraseSource {
  /** A file, or `-` for standard input; asked for at the terminal where left out. */
  readonly file: string | undefined;
  /** Whether it is a new one, which is asked for twice and has to be long enough. */
  readonly isNew: boolean;
  /** What to do where there is neither file nor terminal. */
  readonly remedy: string;
}

/** Reads a passphrase. Never from an argument or a variable, which other programs can read. */
export async function readPassphrase({ file, isNew, remedy }: PassphraseSource): Promise<string> {
  const passphrase = file === undefined ? await ask(isNew, remedy) : await readFrom(file);
  if (isNew && passphrase.length < MIN_LENGTH)
    throw new UserError(`The passphrase has fewer than ${MIN_LENGTH} characters.`, 'Choose a longer one.');
  return passphrase;
}

async function readFrom(file: string): Promise<string> {
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  return content.replace(/\r?\n$/, '');
}

async function ask(isNew: boolean, remedy: string): Promise<string> {
  if (!process.stdin.isTTY) throw new UserError('There is no terminal to ask for the passphrase.', remedy);
  const first = await password({ message: 'Passphrase of the sealing key', mask: true });
  if (!isNew) return first;
  const second = await password({ message: 'The same again', mask: true });
  if (first !== second) throw new UserError('The two passphrases are not the same.', 'Try again.');
  return first;
}
