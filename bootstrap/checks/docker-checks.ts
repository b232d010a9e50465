import { findDockerClient } from '../lib/docker.ts';
import { findPrograms } from '../lib/find-program.ts';
import { installArguments, knownPackages } from '../lib/operating-system.ts';
import type { Context } from '../settings/context.ts';
import type { Check, Finding } from './finding.ts';

/** Debian 12 has engine and client in one package; Debian 13 has them, and buildx, in three. */
const DEBIAN_PACKAGES = ['docker.io', 'docker-cli', 'docker-buildx'];

/** Checks that there is a Docker client that builds with BuildKit, and an engine (or one to talk to). */
export function checkDockerInstalled(context: Context): Check {
  return async () => {
    const { shell, environment } = context;
    const client = await findDockerClient(shell, environment.path);
    const isInstalled = client !== undefined && (await hasEngine(context, client.file));
    if (isInstalled) return { subject: 'docker', isFine: true, detail: `${client.file} ${client.version}` };
    return missingDocker(context, client ? 'has no engine here' : 'has no client here that builds images');
  };
}

/** Checks that the Docker engine answers. */
export function checkDockerRuns(context: Context): Check {
  return async () => {
    const subject = 'docker engine';
    const file = (await findDockerClient(context.shell, context.environment.path))?.file ?? 'docker';
    const version = await context.shell.attempt(file, ['version', '--format', '{{.Server.Version}}']);
    if (version.exitCode === 0) return { subject, isFine: true, detail: `runs, ${version.stdout.trim()}` };
    if (/permission denied/i.test(version.stderr)) {
      const remedy = 'As root: usermod -aG docker <you>; then log in again.';
      return { subject, isFine: false, detail: 'is not open to you', remedy };
    }
    return {
      subject,
      isFine: false,
      detail: `does not answer: ${version.stderr.trim().split('\n').at(-1)}`,
      remedy: context.system.platform === 'linux' ? 'As root: service docker start' : 'Start Docker Desktop.',
      ...(context.system.isDebian ? { repair: { kind: 'start-docker', client: file } } : {}),
    };
  };
}

async function hasEngine({ shell, environment }: Context, client: string): Promise<boolean> {
  const [daemon] = await findPrograms('dockerd', environment.path);
  return daemon !== undefined || (await shell.attempt(client, ['version'])).exitCode === 0;
}

async function missingDocker(context: Context, detail: string): Promise<Finding> {
  const finding = { subject: 'docker', isFine: false, detail };
  if (!context.system.isDebian) {
    return { ...finding, remedy: 'Install Docker: https://docs.docker.com/engine/install' };
  }
  const known = await knownPackages(context.shell, DEBIAN_PACKAGES);
  const packages = known.length > 0 ? known : DEBIAN_PACKAGES.slice(0, 1);
  const remedy = `As root: apt-get update && apt-get ${installArguments(packages).join(' ')}`;
  return { ...finding, remedy, repair: { kind: 'install', packages } };
}
