const entityTagPattern = /^"([1-9]\d{0,8})"$/;

/** @returns the entity tag of a movie's version, for the header ETag */
export function toEntityTag(version: number): string {
  return `"${version}"`;
}

/**
 * Reads the header If-Match, by which a client says which version it means to change (RFC 9110, 13.1.1).
 * @returns the versions that it names, none of them where it names no tag of ours; undefined where any will do
 */
export function versionsOf(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((tag) => {
    const version = entityTagPattern.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
