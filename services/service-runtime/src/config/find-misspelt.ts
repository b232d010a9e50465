/** Shorter names are too near to names of other programs: PORT is one letter from SORT. */
const minLength = 8;

/**
 * Finds variables that are no settings but nearly are: case or underscores differ, or one letter is wrong, missing, too
 * many, or in the other's place. Without this a misspelt optional setting would be its default, and nobody told.
 * Others are let be, since an environment has much that is not for us.
 * @param names those that are set
 * @param settings those that are read
 * @returns a problem for each
 */
export function findMisspelt(names: readonly string[], settings: readonly string[]): string[] {
  const known = settings.flatMap((name) => [name, `${name}_FILE`]);
  const candidates = known.filter((name) => name.length >= minLength);
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = candidates.find((candidate) => isMisspelling(name, candidate));
      return meant === undefined ? [] : [`${name}: is not a setting; did you mean ${meant}?`];
    });
}

function isMisspelling(name: string, meant: string): boolean {
  const plain = (text: string) => text.replaceAll('_', '').toUpperCase();
  return plain(name) === plain(meant) || isOneEditAway(name, meant);
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  // What is left between the parts that are the same at both ends.
  const [restOfA, restOfB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (restOfA.length <= 1 && restOfB.length <= 1) return true;
  return restOfA.length === 2 && restOfA === [...restOfB].reverse().join('');
}
