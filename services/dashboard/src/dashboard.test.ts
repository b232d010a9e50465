import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSessions } from './auth/session.ts';
import { setUpMovies } from './testing/movies-cluster.ts';
import { readEvents } from './testing/read-events.ts';
import {
  createWebFolder,
  loginToken,
  pushSecret,
  startTestDashboard,
  type TestDashboard,
} from './testing/start-dashboard.ts';

let web: Awaited<ReturnType<typeof createWebFolder>>;
let dashboard: TestDashboard;
const revision = 'b'.repeat(40);

beforeAll(async () => {
  web = await createWebFolder();
  dashboard = await startTestDashboard(web.folder, (cluster) => {
    setUpMovies(cluster, 1);
  });
});
afterAll(async () => {
  await dashboard.stop();
  await web[Symbol.asyncDispose]();
});

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${dashboard.url}${path}`, { headers, redirect: 'manual' });

async function logIn(): Promise<string> {
  const response = await ask(`/login?token=${loginToken}`);
  expect(response.status).toBe(303);
  return response.headers.get('set-cookie') ?? '';
}

describe('without the token', () => {
  test.each([
    '/',
    '/index.html',
    '/page.js',
    '/page.css',
    '/icon.svg',
    '/api/events',
    '/api/logs',
    '/login',
    '/nothing',
  ])('%s is refused', async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(401);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe(
      'This page needs its token. This prints its address with it: ./orchestrator.sh ui\n',
    );
  });

  test.each([
    ['a wrong token', `/login?token=${loginToken}x`, {}],
    ['a part of it', `/?token=${loginToken.slice(0, -1)}`, {}],
    ['an empty one', '/login?token=', {}],
    ['a wrong header', '/', { authorization: 'Bearer wrong' }],
    ['the token as a cookie', '/', { cookie: `dashboard_session=${loginToken}` }],
    ['a session of nobody', '/', { cookie: 'dashboard_session=9999999999999.c2lnbmF0dXJl' }],
  ])('%s is refused', async (_what, path, headers: Record<string, string>) => {
    const response = await ask(path, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test('a session whose end was put off by hand is refused', async () => {
    const [, end = '', signature = ''] = /dashboard_session=(\d+)\.([^;]+)/.exec(await logIn()) ?? [];
    const forged = `dashboard_session=${Number(end) + 1}.${signature}`;
    expect((await ask('/', { cookie: forged })).status).toBe(401);
    expect((await ask('/', { cookie: `dashboard_session=${end}.${signature}` })).status).toBe(200);
  });

  test('probes are answered', async () => {
    expect((await ask('/health')).status).toBe(200);
    expect((await ask('/ready')).status).toBe(200);
  });
});

describe('the token', () => {
  test('opens a session that scripts can’t read, and leads to the page', async () => {
    const cookie = await logIn();
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(loginToken);
    const page = await ask('/', { cookie });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await page.text()).not.toMatch(/https?:\/\//);
  });

  test('is in no log, nor in an answer', async () => {
    await logIn();
    await expect.poll(() => dashboard.logged.join('')).toContain('"url":"/login"');
    expect(dashboard.logged.join('')).not.toContain(loginToken);
  });

  test('as a header serves programs', async () => {
    expect((await ask('/', { authorization: `Bearer ${loginToken}` })).status).toBe(200);
  });
});

describe('a push that is told of', () => {
  beforeEach(async () => void (await logIn()));

  test.each([
    ['another secret', (body: string) => createHmac('sha256', 'another').update(body).digest('hex')],
    ['no signature', () => ''],
    ['another body', () => createHmac('sha256', pushSecret).update('{}').digest('hex')],
  ])('with %s is refused', async (_what, sign) => {
    const body = JSON.stringify({ ref: 'refs/heads/main', before: '', after: revision });
    const response = await fetch(`${dashboard.url}/hooks/push`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-hub-signature-256': `sha256=${sign(body)}`,
      },
      body,
    });
    expect(response.status).toBe(401);
  });

  test('is on the page of everybody who looks', async () => {
    const cookie = await logIn();
    const events = readEvents(`${dashboard.url}/api/events`, { cookie });
    const first = await events.until(({ event }) => event === 'hello');
    expect(first.data).toMatchObject({ cluster: 'test', samples: expect.any(Array) });
    const response = await dashboard.sendPush({ revision, title: 'Hello', files: ['README.md'] });
    expect(response.status).toBe(204);
    const section = await events.until(
      ({ data }) => JSON.stringify(data).includes(revision) && JSON.stringify(data).includes('journeys'),
    );
    expect(section.data).toMatchObject({ value: [{ revision, title: 'Hello', author: 'You' }, {}] });
    await events.end();
  });
});

test('a part is sent again only when it has changed', async () => {
  const events = readEvents(`${dashboard.url}/api/events`, { cookie: await logIn() });
  await events.until(({ data }) => (data as { section?: string }).section === 'verdict');
  dashboard.cluster.connection({ status: 'lost', reason: 'gone' });
  const next = await events.until(({ event }) => event === 'section');
  expect(next.data).toMatchObject({ section: 'connection', value: { status: 'lost', reason: 'gone' } });
  dashboard.cluster.connection({ status: 'connected' });
  await events.end();
});

test.each(['level=loud', 'component=a&color=red', `search=${'x'.repeat(201)}`])(
  'logs by ?%s are refused',
  async (query) => {
    const response = await ask(`/api/logs?${query}`, { cookie: await logIn() });
    expect(response.status).toBe(422);
  },
);

test('what a session follows ends with it, and is not begun again', async () => {
  const halfDayMs = 12 * 60 * 60 * 1000;
  const { value } = createSessions(loginToken, () => Date.now() - halfDayMs + 1500).open();
  const cookie = `dashboard_session=${value}`;
  const events = readEvents(`${dashboard.url}/api/events`, { cookie });
  await events.until(({ event }) => event === 'hello');
  await events.ended;
  expect((await ask('/api/events', { cookie })).status).toBe(401);
});

test('more readers than can be served are asked to come again', async () => {
  const headers = { authorization: `Bearer ${loginToken}` };
  const abort = new AbortController();
  const url = `${dashboard.url}/api/events`;
  // Kept, as an answer that nobody holds any more is ended when memory is cleared.
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => fetch(url, { headers, signal: abort.signal })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await ask('/api/logs', headers);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await ask('/', headers)).status).toBe(200);
  expect(answers.map(({ bodyUsed }) => bodyUsed)).not.toContain(true);
  abort.abort();
  await expect.poll(() => askOnce(url, headers), { timeout: 5000 }).toBe(200);
});

/** The status of an answer that may go on for ever. */
async function askOnce(url: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { headers });
  await response.body?.cancel();
  return response.status;
}

test('a process that stops lets its readers go at once', async () => {
  const other = await startTestDashboard(web.folder, () => undefined);
  const events = readEvents(`${other.url}/api/events`, { authorization: `Bearer ${loginToken}` });
  await events.until(({ event }) => event === 'hello');
  const startedAtMs = performance.now();
  await other.stop();
  expect(performance.now() - startedAtMs).toBeLessThan(900);
  await events.ended;
});

test('of more lines than can be shown at once, the newest are sent', async () => {
  const nowMs = Date.now();
  const print = (pod: string, count: number, endMs: number) => {
    for (let index = count - 1; index >= 0; index -= 1)
      dashboard.logs.print(pod, `${pod} ${index}`, endMs - index);
  };
  print('api-gateway-6f9-x7k2p', 300, nowMs);
  print('inventory-app-6f9-x7k2p', 400, nowMs - 60_000);
  const headers = { authorization: `Bearer ${loginToken}` };
  const events = readEvents(`${dashboard.url}/api/logs`, headers);
  const { data } = await events.until(({ event }) => event === 'lines');
  const { lines, dropped } = data as { lines: readonly { readonly text: string }[]; dropped: number };
  expect(lines.filter(({ text }) => text.startsWith('api-gateway'))).toHaveLength(300);
  expect([lines.length, dropped]).toEqual([400, 300]);
  await events.end();
});
