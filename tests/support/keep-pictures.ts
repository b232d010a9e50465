import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { picturesFolder } from './pictures.ts';

/** Puts the pictures that the last run of the cluster's tests has taken into docs/images/. */
const images = join(import.meta.dirname, '..', '..', 'docs', 'images');
const names = await readdir(picturesFolder()).catch(() => []);
for (const name of names) {
  await cp(join(picturesFolder(), name), join(images, name));
  process.stdout.write(`docs/images/${name}\n`);
}
if (names.length === 0) {
  process.stderr.write('There are no pictures. They are taken by: npm run test:cluster\n');
  process.exitCode = 1;
}
