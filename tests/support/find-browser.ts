import { findPrograms } from '../../bootstrap/lib/find-program.ts';

/** Browsers that tests can drive, as distributions call them; Debian's first. */
export const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** The file of a browser that is installed; `undefined` where there is none. */
export async function findBrowser(path: string | undefined): Promise<string | undefined> {
  const found = await Promise.all(BROWSERS.map((name) => findPrograms(name, path)));
  return found.flat()[0];
}
