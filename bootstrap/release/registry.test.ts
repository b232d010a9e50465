import { describe, expect, test } from 'vitest';
import { openRegistry } from './registry.ts';
import { registryUrl, repositoryPath } from './registry-address.ts';
import { type RegistryContents, serveRegistry } from './testing/serve-registry.ts';

const me = { username: 'me', password: 'pass:word' };

function contents(password?: string): RegistryContents {
  const images = new Map([
    ['me/api-gateway:abc', { platforms: ['linux/amd64', 'linux/arm64'] }],
    ['me/api-gateway:one', { platforms: ['linux/amd64'], isSingle: true }],
  ]);
  return { images, busy: 0, ...(password === undefined ? {} : { password }) };
}

describe('a registry', () => {
  test('tells for which platforms an image was built, of an index as of a single manifest', async () => {
    await using server = await serveRegistry(contents());
    const registry = openRegistry(server.host, undefined);
    expect([...(await registry.readPlatforms('me/api-gateway', 'abc'))]).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
    expect([...(await registry.readPlatforms('me/api-gateway', 'one'))]).toEqual(['linux/amd64']);
    expect([...(await registry.readPlatforms('me/api-gateway', 'none'))]).toEqual([]);
  });

  test('that gives out tokens is asked with one, for what it is asked about', async () => {
    await using server = await serveRegistry(contents(me.password));
    const registry = openRegistry(server.host, me);
    expect((await registry.readPlatforms('me/api-gateway', 'abc')).size).toBe(2);
    expect(server.requests[1]).toBe('GET /token?service=registry&scope=repository%3Ame%2Fapi-gateway%3Apull');
    await registry.readPlatforms('me/api-gateway', 'one');
    expect(server.requests.filter((request) => request.includes('/token'))).toHaveLength(1);
  });

  test('is open, or needs a login, or takes it, or does not', async () => {
    await using open = await serveRegistry(contents());
    expect(await openRegistry(open.host, undefined).checkAccess()).toBe('open');
    await using closed = await serveRegistry(contents(me.password));
    expect(await openRegistry(closed.host, undefined).checkAccess()).toBe('login needed');
    expect(await openRegistry(closed.host, me).checkAccess()).toBe('admitted');
    expect(await openRegistry(closed.host, { ...me, password: 'wrong' }).checkAccess()).toBe('refused');
  });

  test('that is busy is asked again', async () => {
    const busy = contents();
    await using server = await serveRegistry(busy);
    busy.busy = 1;
    expect((await openRegistry(server.host, undefined).readPlatforms('me/api-gateway', 'one')).size).toBe(1);
  });

  test('that is not there is told by its name, and what to look at', async () => {
    const server = await serveRegistry(contents());
    await server[Symbol.asyncDispose]();
    const asked = openRegistry(server.host, undefined).checkAccess();
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining(`The registry ${server.host} can't be asked`),
      remedy: expect.stringContaining('images.registry'),
    });
  });
});

test('Docker Hub is asked at the host of its API, and one on this machine without TLS', () => {
  expect(registryUrl('docker.io')).toBe('https://registry-1.docker.io');
  expect(registryUrl('ghcr.io')).toBe('https://ghcr.io');
  expect(registryUrl('localhost:5000')).toBe('http://localhost:5000');
  expect(registryUrl('127.0.0.1.example.org')).toBe('https://127.0.0.1.example.org');
  expect(repositoryPath('docker.io', 'docker.io/me/api-gateway')).toBe('me/api-gateway');
});
