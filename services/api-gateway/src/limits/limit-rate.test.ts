import { expect, test } from 'vitest';
import { postJson } from '../testing/requests.ts';
import { useGateways } from '../testing/use-gateways.ts';
import { readBody, useUpstreams } from '../testing/use-upstreams.ts';

const start = useGateways();
const upstreams = useUpstreams();

const loopback = ['127.0.0.1', '::1'];

async function statusesOf(
  url: string,
  count: number,
  headers: (index: number) => Record<string, string> = () => ({}),
): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    statuses.push((await fetch(url, { headers: headers(index) })).status);
  }
  return statuses;
}

test('address that sent as many requests as it may is refused with 429, and every answer says how many are left', async () => {
  const url = await start({ requestsPerMinute: 2 });

  const first = await fetch(url);
  const second = await fetch(`${url}/docs`);
  const third = await postJson(`${url}/api/billing`, {});

  expect(first.headers.get('ratelimit')).toMatch(/^"requests-per-address"; r=1; t=\d+$/);
  expect(first.headers.get('ratelimit-policy')).toMatch(/^"requests-per-address"; q=2; w=60; pk=:.+:$/);
  expect(second.headers.get('ratelimit')).toContain('r=0;');
  expect(third.status).toBe(429);
  expect(third.headers.get('content-type')).toContain('application/problem+json');
  const seconds = Number(third.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await third.json()).toEqual({
    type: 'about:blank',
    title: 'Too Many Requests',
    status: 429,
    detail: 'Only 2 requests a minute are possible.',
  });
});

test('probes and health have no limit', async () => {
  const url = await start({ requestsPerMinute: 1, brokerGraceMs: 0 });
  await statusesOf(url, 2);

  expect(await statusesOf(`${url}/health`, 5)).toEqual(Array(5).fill(200));
  expect(await statusesOf(`${url}/ready`, 5)).toEqual(Array(5).fill(200));
  expect(await statusesOf(`${url}/api/health`, 5)).toEqual(Array(5).fill(503));
});

test('without a limit there is none, and nothing is said of one', async () => {
  const url = await start({ requestsPerMinute: 0 });

  expect(await statusesOf(url, 50)).toEqual(Array(50).fill(200));
  expect((await fetch(url)).headers.get('ratelimit')).toBeNull();
});

test("strangers' X-Forwarded-For and Forwarded make no new client of them", async () => {
  const url = await start({ requestsPerMinute: 2 });

  const statuses = await statusesOf(url, 5, (index) => ({
    'x-forwarded-for': `203.0.113.${index}`,
    forwarded: `for=203.0.113.${index}`,
    'x-real-ip': `203.0.113.${index}`,
  }));

  expect(statuses).toEqual([200, 200, 429, 429, 429]);
});

test('behind a trusted proxy each client has its own limit, whatever it put before its address', async () => {
  const url = await start({ requestsPerMinute: 2, trustedProxies: loopback });
  const from = (address: string) => (index: number) => ({
    'x-forwarded-for': `198.51.100.${index}, ${address}`,
  });

  expect(await statusesOf(url, 3, from('203.0.113.1'))).toEqual([200, 200, 429]);
  expect(await statusesOf(url, 3, from('203.0.113.2'))).toEqual([200, 200, 429]);
  // Whoever has an address of IPv6 has its whole network.
  expect(await statusesOf(url, 3, (index) => ({ 'x-forwarded-for': `2001:db8::${index}` }))).toEqual([
    200, 200, 429,
  ]);
  // The same client, as a server that listens on IPv6 sees it.
  expect(await statusesOf(url, 1, from('::ffff:203.0.113.1'))).toEqual([429]);
});

test.each([
  ['a stranger', [], 'http', expect.stringMatching(/^127\.0\.0\.1:/)],
  ['a trusted proxy', loopback, 'https', 'movies.example'],
])(
  'protocol and host that %s names are passed on accordingly',
  async (_who, trustedProxies, protocol, host) => {
    const inventoryAppUrl = await upstreams.http(async (received, response) => {
      await readBody(received);
      response.end(JSON.stringify(received.headers));
    });
    const url = await start({ inventoryAppUrl, trustedProxies });

    const response = await fetch(`${url}/movies`, {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'movies.example', forwarded: 'for=x' },
    });

    const headers = (await response.json()) as Record<string, string>;
    expect(headers).toMatchObject({ 'x-forwarded-proto': protocol, 'x-forwarded-host': host });
    expect(headers).not.toHaveProperty('forwarded');
  },
);
