import { findPrograms } from './find-program.ts';
import type { Shell } from './shell.ts';
import { removeStalePidFile } from './stale-pid-file.ts';
import { waitFor } from './wait.ts';

/** The first release of Docker's command line that builds with BuildKit only through its buildx plugin. */
const FIRST_RELEASE_WITH_BUILDX = 23;

/** What an engine that was killed leaves, so that the next one believes that it still runs. */
const PID_FILES = [
  { file: '/run/docker.pid', program: 'dockerd' },
  { file: '/run/docker-ssd.pid', program: 'dockerd' },
  { file: '/run/docker/containerd/containerd.pid', program: 'containerd' },
];

/** Docker's command line, as one that can build images with BuildKit. */
export interface DockerClient {
  readonly file: string;
  readonly version: string;
}

/**
 * The first `docker` on PATH that can build with BuildKit: one older than release 23 (BuildKit is built in)
 * or one with the buildx plugin. `undefined` where there is none.
 */
export async function findDockerClient(
  shell: Shell,
  path: string | undefined,
): Promise<DockerClient | undefined> {
  for (const file of await findPrograms('docker', path)) {
    const version = (await shell.attempt(file, ['--version'])).stdout.match(/version (\d+)\.[\d.]+/);
    if (!version) continue;
    const hasBuildKit =
      Number(version[1]) < FIRST_RELEASE_WITH_BUILDX ||
      (await shell.attempt(file, ['buildx', 'version'])).exitCode === 0;
    if (hasBuildKit) return { file, version: version[0].replace('version ', '') };
  }
  return undefined;
}

/**
 * Starts the Docker engine: by systemd where it runs, else by its init script, else on its own. The last is
 * for hosts where the script fails because it may not raise a limit (no CAP_SYS_RESOURCE); the engine itself
 * does without. Needs root.
 *
 * @throws UserError when the engine doesn't answer within 30 s
 */
export async function startDockerEngine(shell: Shell, client: string, path: string): Promise<void> {
  for (const { file, program } of PID_FILES) await removeStalePidFile(file, program);
  const hasSystemd = (await shell.attempt('test', ['-d', '/run/systemd/system'])).exitCode === 0;
  const started = hasSystemd
    ? await shell.attempt('systemctl', ['start', 'docker'])
    : await shell.attempt('service', ['docker', 'start']);
  const [daemon] = await findPrograms('dockerd', path);
  if (started.exitCode !== 0 && daemon) await startDockerDaemon(shell, daemon);
  await waitFor({
    description: 'the Docker engine to answer',
    timeoutMs: 30_000,
    remedy: 'Look into /var/log/docker.log, or `journalctl --unit docker`, for why it does not start.',
    probe: async () => ((await shell.attempt(client, ['version'])).exitCode === 0 ? true : undefined),
  });
}

async function startDockerDaemon(shell: Shell, daemon: string): Promise<void> {
  await shell.run('start-stop-daemon', [
    ...['--start', '--oknodo', '--background', '--output', '/var/log/docker.log'],
    ...['--exec', daemon, '--pidfile', '/run/docker-engine.pid', '--make-pidfile'],
  ]);
}
