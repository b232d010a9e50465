import { request } from 'undici';
import { expect, test } from 'vitest';
import { useGateways } from '../testing/use-gateways.ts';

const start = useGateways();

test.each(['/docs', '/docs/'])(
  '%s is a page that loads from this server alone, and runs no inline script',
  async (path) => {
    const response = await fetch(`${await start()}${path}`);
    const html = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|https?:\/\//);
  },
);

test('whatever the page names is there, with its type, and is kept by browsers', async () => {
  const url = await start();
  const html = await (await fetch(`${url}/docs`)).text();
  const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => String(path));
  const types: Record<string, string | null> = {};

  for (const path of paths) {
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    const name = path.replace(/\?v=[\d.]+$/, '');
    types[name] = response.headers.get('content-type');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe(
      name === path ? 'no-cache' : 'public, max-age=31536000, immutable',
    );
  }

  expect(types).toEqual({
    '/docs/assets/swagger-ui.css': 'text/css; charset=utf-8',
    '/docs/assets/favicon-32x32.png': 'image/png',
    '/docs/assets/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
    '/docs/start.js': 'text/javascript; charset=utf-8',
    '/openapi.json': 'application/json; charset=utf-8',
  });
});

test('files that the browser has are not sent again', async () => {
  const url = `${await start()}/docs/assets/swagger-ui.css`;
  const modified = (await fetch(url)).headers.get('last-modified') ?? '';

  const again = await request(url, { headers: { 'if-modified-since': modified } });

  expect(again.statusCode).toBe(304);
});

test.each([
  'package.json',
  'index.html',
  'swagger-ui.js',
  'constructor',
  '..%2fpackage.json',
  '%2e%2e/package.json',
  '..%5cpackage.json',
  'swagger-ui.css%00',
])('no other file can be had: %s', async (name) => {
  expect((await fetch(`${await start()}/docs/assets/${name}`)).status).toBe(404);
});
