import { get } from 'node:http';

/**
 * The HEALTHCHECK of an image, a process of its own: exits with 0 if the URL is answered by 200, else with 1. By
 * node:http, which is loaded sooner than fetch.
 * Usage: node healthcheck.mjs URL
 */
const timeoutMs = 2000;

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('Usage: node healthcheck.mjs URL');

const request = get(url, { timeout: timeoutMs }, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
);
request.once('timeout', () => request.destroy(new Error('timeout')));
request.once('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
