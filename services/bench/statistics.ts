/** @returns the middle one of the values; of an even number, the lower of the two in the middle */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * @param rank from 0 to 100
 * @returns the smallest of the values that so many percent of them don't exceed (the nearest-rank method)
 */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error('There is no percentile of no values');
  return value;
}
