import { expect, test } from 'vitest';
import { readGatewayConfig } from './config.ts';

const environment = {
  INVENTORY_APP_URL: 'http://inventory-app:8080',
  BILLING_APP_URL: 'http://billing-app:8080',
  QUERY_API_URL: 'http://query-api:8080',
  RABBITMQ_HOST: 'rabbitmq',
  RABBITMQ_USERNAME: 'x',
  RABBITMQ_PASSWORD: 'x',
};

test('defaults allow a thousand requests a second, trust no proxy, and wait longer than query-api may take', () => {
  expect(readGatewayConfig(environment)).toMatchObject({
    requestsPerMinute: 60_000,
    trustedProxies: [],
    queryApiUrl: 'http://query-api:8080',
    queryTimeoutMs: 65_000,
  });
});

test('proxies are addresses and ranges', () => {
  const { trustedProxies } = readGatewayConfig({
    ...environment,
    TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,192.0.2.1,',
  });

  expect(trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);
});

test.each([
  ['TRUSTED_PROXIES', 'everybody'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['RATE_LIMIT_PER_MINUTE', '-1'],
  ['RATE_LIMIT_PER_MINUTE', 'many'],
  ['QUERY_API_URL', 'query-api'],
  ['QUERY_TIMEOUT_MS', '-5'],
])('%s can not be %s', (name, value) => {
  expect(() => readGatewayConfig({ ...environment, [name]: value })).toThrow(
    new RegExp(`has a problem:\n {2}${name}: `),
  );
});
