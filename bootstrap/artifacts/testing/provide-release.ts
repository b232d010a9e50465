/*
 * What `create` does to have a release, as a process of its own, with the environment that it is given. Its arguments
 * are the cache directory and the checksums in the repository, as JSON; it prints what it got, and what it was doing.
 */
import { printFailure } from '../../lib/failure.ts';
import { readEnvironment } from '../../settings/environment.ts';
import { DOWNLOAD_LIMITS } from '../download-settings.ts';
import { createReleaseSource } from '../release-source.ts';

const [cache = '', pinned = '{}'] = process.argv.slice(2);
const report = (activity: string) => process.stderr.write(`${activity}\n`);
try {
  const source = createReleaseSource(
    {
      environment: readEnvironment(),
      directories: { cache, data: '', log: '', config: '' },
      system: { platform: 'linux', architecture: 'amd64', isDebian: true, isRoot: false },
    },
    DOWNLOAD_LIMITS,
    JSON.parse(pinned),
  );
  const k3s = await source.provideK3s(report);
  const tools = await source.provideTools(report);
  const manifests = await source.provideManifests(report);
  process.stdout.write(`${JSON.stringify({ k3s, tools, manifests, remark: source.remark })}\n`);
} catch (error) {
  printFailure(error, { isVerbose: false });
  process.exitCode = 1;
}
process.stdout.write('', () => process.exit());
