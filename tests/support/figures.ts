/** Prints something that was measured, in a form that is easy to find in a long output. */
export function reportFigure(what: string, seconds: number): void {
  process.stdout.write(`figure: ${what}: ${seconds.toFixed(1)} s\n`);
}
