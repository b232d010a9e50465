import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The image has it; elsewhere they are the packages python3 and python3-yaml. */
const hasPython = spawnSync('python3', ['-c', 'import yaml']).status === 0;

describe.skipIf(!hasPython)('Patroni’s REST API while its password is changed', () => {
  let folder: string;
  let server: Server;
  /** What the REST API is entered by, as Patroni has read it. */
  let accepted = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'member-api-'));
    server = createServer((request, response) => {
      const isAllowed = request.headers.authorization === `Basic ${btoa(accepted)}`;
      response.writeHead(isAllowed ? 200 : 401).end(accepted);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const template = 'restapi: {}\npostgresql: {}\ncluster_settings: {}\nbootstrap: {}\n';
    await writeFile(join(folder, 'template.yml'), template);
    for (const file of ['member_api.py', 'member_configuration.py'])
      await copyFile(join(import.meta.dirname, file), join(folder, file));
  });

  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  async function mount(username: string, password: string): Promise<void> {
    await writeFile(join(folder, 'username'), username);
    await writeFile(join(folder, 'password'), `${password}\n`);
  }

  async function python(code: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const script = `import member_api, member_configuration
member_api.ADDRESS = "http://127.0.0.1:${port}"
member_configuration.TEMPLATE = "${join(folder, 'template.yml')}"
${code}`;
    const environment = {
      // biome-ignore lint/style/noProcessEnv: an installed program is looked for where the user's shell would
      PATH: process.env.PATH ?? '',
      PYTHONPATH: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      PATRONICTL_CONFIG_FILE: join(folder, 'patroni.yml'),
      PATRONI_NAME: 'inventory-db-0',
      PGDATA: join(folder, 'data'),
      POSTGRES_MEMBER_USERNAME_FILE: join(folder, 'username'),
      POSTGRES_MEMBER_PASSWORD_FILE: join(folder, 'password'),
    };
    return (await promisify(execFile)('python3', ['-c', script], { env: environment })).stdout.trim();
  }

  const ask = 'print(member_api.ask("POST", "/reload"))';
  const write = 'member_configuration.write_configuration(member_configuration.make_configuration())';

  test('is entered by the old one until Patroni has read the new one, whoever is killed meanwhile', async () => {
    accepted = 'replicator:old';
    await mount('replicator', 'old');
    await python(write);
    // The secret has changed; the configuration has not been written yet.
    await mount('replicator_alternate', 'new');
    expect(await python(ask)).toBe('replicator:old');
    // It has been, twice, and Patroni has not read it.
    await python(write);
    await python(write);
    expect(await python(ask)).toBe('replicator:old');
    accepted = 'replicator_alternate:new';
    expect(await python(ask)).toBe('replicator_alternate:new');
    expect((await stat(join(folder, 'patroni.yml.previous'))).mode & 0o777).toBe(0o600);
  });

  test('is not entered by anything else', async () => {
    accepted = 'somebody:else';
    await expect(python(ask)).rejects.toThrow('401');
  });

  test('replicates as the login that the secret says', async () => {
    const written = await readFile(join(folder, 'patroni.yml'), 'utf8');
    expect(written).toContain('username: replicator_alternate');
    expect(written).not.toContain('old');
  });

  test('a second login of a secret counts as a change of it', async () => {
    const print = 'print(sorted(member_configuration.read_all_secrets()))';
    expect(await python(print)).not.toContain('other');
    await writeFile(join(folder, 'other-username'), 'replicator');
    expect(await python(print)).toContain("'POSTGRES_MEMBER_USERNAME_FILE other'");
  });
});
