import { InvalidArgumentError } from 'commander';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Reads a duration as kubectl takes it (`90s`, `5m`, `1h`), or a number of seconds; returns milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = 's'] = text.match(/^([1-9]\d{0,5})([smh])?$/) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It must look like 90s, 5m or 1h.');
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
