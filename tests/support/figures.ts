/** Prints something that was measured, in a form that is easy to find in a long output. */
export function reportFigure(what: string, value: number, unit = 's'): void {
  process.stdout.write(`figure: ${what}: ${value.toFixed(1)} ${unit}\n`);
}
