import { describe, expect, test } from 'vitest';
import { findChecksum, nameOf } from './published-checksum.ts';
import { sha256 } from './testing/release-server.ts';

describe('a published checksum', () => {
  const checksum = sha256('');
  test('is found alone, or in the line of the file', () => {
    expect(findChecksum(`${checksum}\n`, 'kubectl')).toBe(checksum);
    expect(findChecksum(`${'0'.repeat(64)}  k3s-arm64\n${checksum} *k3s\n`, 'k3s')).toBe(checksum);
  });

  test('is nothing else', () => {
    expect(findChecksum('abc  k3s\n', 'k3s')).toBeUndefined();
    expect(findChecksum(`${checksum}  other\n`, 'k3s')).toBeUndefined();
  });
});

test('a download is called as its publisher calls it', () => {
  expect(nameOf({ url: 'https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubectl' })).toBe('kubectl');
  expect(nameOf({ url: 'https://github.com/k3s-io/k3s/releases/download/v1.2.3%2Bk3s1/k3s-arm64' })).toBe(
    'k3s-arm64',
  );
});
