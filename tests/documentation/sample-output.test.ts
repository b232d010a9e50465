import { expect, test } from 'vitest';
import { findMissing } from './sample-output.ts';

const sample = `NAME           READY   STATUS    AGE
billing-db-0   2/2     Running   4m31s
api-gateway-7f75775c66-ng9st   1/1     Running   4m31s`;

test('ages, figures and random names may be others', () => {
  const output = `NAME           READY   STATUS    AGE
billing-db-0   1/2     Running   3h
api-gateway-5d9c6bb7b4-x2x9k   1/1     Running   2d`;
  expect(findMissing(sample, output)).toEqual([]);
});

test('names, headings and states may not', () => {
  const output = `NAME           READY   AGE
billing-db-1   2/2     4m31s`;
  expect(findMissing(sample, output)).toEqual(['STATUS', 'billing-db-0', 'Running']);
});

test('what a sample leaves out may be anything', () => {
  expect(findMissing('…\n{"password":"AgB…"}', '{}')).toEqual([]);
});
