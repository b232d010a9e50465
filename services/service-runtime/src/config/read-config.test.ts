import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, readConfig } from './read-config.ts';

const schema = z.object({
  PORT: z.coerce.number('must be a port number').int().max(65_535),
  NAME: z.string(),
  PASSWORD: z.string(),
});

test('configuration lists every problem at once, and no value', () => {
  const read = () => readConfig(schema, { PORT: 'eighty', PASSWORD: 'secret', PASSWORD_FILE: '/run/secret' });

  expect(read).toThrow(ConfigError);
  expect(read).toThrow(
    [
      'The configuration has 3 problems:',
      '  PASSWORD: is set both here and by PASSWORD_FILE; keep one',
      '  PORT: must be a port number',
      '  NAME: is not set (nor is NAME_FILE)',
    ].join('\n'),
  );
});

test('configuration takes a value from the file that its _FILE variable names, without the final line break', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'password');
  await writeFile(path, ' pass word \n');

  const config = readConfig(schema, { PORT: '80', NAME: 'x', PASSWORD_FILE: path });

  expect(config).toEqual({ PORT: 80, NAME: 'x', PASSWORD: ' pass word ' });
});

test('configuration says which file it could not read', () => {
  const read = () => readConfig(schema, { PORT: '80', NAME: 'x', PASSWORD_FILE: '/nowhere/password' });

  expect(read).toThrow("PASSWORD_FILE: ENOENT: no such file or directory, open '/nowhere/password'");
});

test('configuration takes an empty variable for one that is not set', () => {
  expect(() => readConfig(schema, { PORT: '80', NAME: '', PASSWORD: 'x' })).toThrow('NAME: is not set');
});

test.each([
  ['DATABASE_POOLSIZE', 'DATABASE_POOL_SIZE'],
  ['database_pool_size', 'DATABASE_POOL_SIZE'],
  ['DATABASE_POOL_SZIE', 'DATABASE_POOL_SIZE'],
  ['DATABASE_POL_SIZE', 'DATABASE_POOL_SIZE'],
  ['DATABASE_POOL_SIZES', 'DATABASE_POOL_SIZE'],
  ['DATABASE_POOL_SITE', 'DATABASE_POOL_SIZE'],
  ['DATABASE_POOL_SIZE_FIEL', 'DATABASE_POOL_SIZE_FILE'],
])('configuration takes %s for a misspelt %s', (name, meant) => {
  const settings = z.object({ DATABASE_POOL_SIZE: z.string().optional() });

  expect(() => readConfig(settings, { [name]: '5' })).toThrow(
    `  ${name}: is not a setting; did you mean ${meant}?`,
  );
});

test('configuration lets be what is not for it', () => {
  const settings = z.object({ PORT: z.string().optional(), DATABASE_HOST: z.string().optional() });
  const others = { PATH: '/bin', SORT: 'x', DATABASE_PORT: '1', DATABASE_URL: 'x', DATABASE_HOSTING: 'x' };

  expect(readConfig(settings, { ...others, DATABASE_HSOT: '' })).toEqual({});
});
