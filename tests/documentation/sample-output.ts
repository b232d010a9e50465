/**
 * What a documented sample has and an output lacks. Compared are the words that any cluster of two machines prints:
 * names and headings, and names with an ordinal (`billing-db-0`). What has other digits (ages, addresses, hashes,
 * figures) is different each time, and so is what stands in brackets or is left out by `…`.
 */
export function findMissing(sample: string, output: string): string[] {
  const words = new Set(sample.split(/[\s|]+/).filter(isSteady));
  const printed = new Set(output.split(/[\s|]+/));
  return [...words].filter((word) => !printed.has(word) && !output.includes(word));
}

function isSteady(word: string): boolean {
  return /[A-Za-z]{2}/.test(word) && !/…|^\(/.test(word) && !/\d/.test(word.replace(/-\d$/, ''));
}
