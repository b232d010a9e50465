const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** @returns bytes in the unit that needs the fewest digits */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** @returns a rate with as many digits as mean something */
export function formatRate(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}

/** @returns a duration such as `4.1 ms` or `1.20 s` */
export function formatMilliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ms`;
}
