import { expect, test } from 'vitest';
import { isSameRepository, parseGitUrl } from './git-url.ts';

test.each([
  ['https://github.com/you/fork', 'https', 'github.com', 443, 'you/fork'],
  ['https://github.com/you/fork.git', 'https', 'github.com', 443, 'you/fork'],
  ['https://git.example.org:8443/group/sub/fork/', 'https', 'git.example.org', 8443, 'group/sub/fork'],
  ['git@github.com:you/fork.git', 'ssh', 'github.com', 22, 'you/fork'],
  ['ssh://git@git.example.org/srv/fork.git', 'ssh', 'git.example.org', 22, 'srv/fork'],
  ['ssh://git@git.example.org:2222/srv/fork.git', 'ssh', 'git.example.org', 2222, 'srv/fork'],
])('%s is the URL of a repository', (text, protocol, host, port, path) => {
  expect(parseGitUrl(text)).toEqual({ protocol, host, port, path });
});

test.each([
  'http://github.com/you/fork',
  'git://github.com/you/fork',
  'https://you:token@github.com/you/fork',
  'https://you@github.com/you/fork',
  'https://github.com',
  'https://github.com/you/fork?ref=main',
  'ssh://github.com/you/fork',
  'github.com/you/fork',
  '/srv/git/fork.git',
])('%s is none that Argo CD could follow safely', (text) => {
  expect(parseGitUrl(text)).toBeUndefined();
});

test('a repository is the same by https and by ssh', () => {
  expect(isSameRepository('https://github.com/You/fork', 'git@github.com:you/fork.git')).toBe(true);
  expect(isSameRepository('https://github.com/you/fork', 'git@github.com:you/other.git')).toBe(false);
  expect(isSameRepository('/srv/git/fork.git', '/srv/git/fork.git')).toBe(true);
});
