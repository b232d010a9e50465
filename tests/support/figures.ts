/** Prints something that was measured, in a form that is easy to find in a long output. */
export function reportFigure(what: string, value: number, unit = 's'): void {
  process.stdout.write(`figure: ${what}: ${value.toFixed(1)} ${unit}\n`);
}

/** The middle one of some values; of an even number, the upper one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
