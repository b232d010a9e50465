import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { useGatewayProcesses } from '../testing/gateway-process.ts';

const services = join(import.meta.dirname, '..', '..', '..');
const startGatewayProcess = useGatewayProcesses();
const maxBytes = 15_000_000;

test('what the image is made of has the page with all its files, and is small', async () => {
  await promisify(execFile)(process.execPath, [join(services, 'bundle.ts'), 'api-gateway']);
  // Elsewhere, so that no node_modules can be found.
  const image = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    await cp(join(services, 'api-gateway', 'dist'), image, { recursive: true });
    const gateway = await startGatewayProcess({
      program: join(image, 'main.mjs'),
      broker: { ...inject('rabbitmq'), port: 1 },
      environment: { NODE_ENV: 'production' },
    });
    const html = await (await fetch(`${gateway.url}/docs`)).text();
    const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => String(path));

    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) {
      const response = await fetch(`${gateway.url}${path}`);
      await response.arrayBuffer();
      expect(response.status).toBe(200);
    }
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toBe(0);
    expect(await bytesOf(image)).toBeLessThan(maxBytes);
  } finally {
    await rm(image, { recursive: true });
  }
});

async function bytesOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
