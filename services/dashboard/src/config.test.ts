import { expect, test } from 'vitest';
import { readDashboardConfig } from './config.ts';

const needed = { LOGIN_TOKEN: 'x'.repeat(32), PUSH_SECRET: 'y'.repeat(32), NAMESPACES: 'movies, git' };

test('what is needed is enough', () => {
  expect(readDashboardConfig(needed)).toMatchObject({
    port: 8080,
    namespaces: ['movies', 'git'],
    argoCdNamespace: 'argocd',
    clusterName: 'unnamed',
  });
});

test.each([
  [{ LOGIN_TOKEN: 'short' }, 'LOGIN_TOKEN: must be of at least 24 characters'],
  [{ LOGIN_TOKEN: undefined }, 'LOGIN_TOKEN: is not set'],
  [{ PUSH_SECRET: '' }, 'PUSH_SECRET: is not set'],
  [{ NAMESPACES: 'movies,../kube-system' }, 'names are of a-z, 0-9 and -'],
  [{ NAMESPACE5: 'movies' }, 'did you mean NAMESPACES'],
])('%j is refused', (environment, problem) => {
  expect(() => readDashboardConfig({ ...needed, ...environment })).toThrow(problem);
});
