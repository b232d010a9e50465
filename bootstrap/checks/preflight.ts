import { startDockerEngine } from '../lib/docker.ts';
import { installArguments, installPackages } from '../lib/operating-system.ts';
import { chooseProvider } from '../machines/provider.ts';
import type { Context } from '../settings/context.ts';
import { checkAddresses } from './address-checks.ts';
import { checkForgottenBridges } from './bridge-checks.ts';
import { checkDockerInstalled, checkDockerRuns } from './docker-checks.ts';
import type { Check, Finding, Repair } from './finding.ts';
import { checkProgram, GIT, GO, MMDEBSTRAP, VAGRANT } from './program-checks.ts';
import { checkRegistries } from './registry-checks.ts';
import { checkDisk, checkMemory } from './resource-checks.ts';
import { checkHypervisor, checkNode } from './runtime-checks.ts';

/** What the checks are made for. */
export interface Needs {
  /** Whether Kubernetes and the images are built here from packages. */
  readonly fromPackages: boolean;
  /** Whether all is built and one machine more is made; else all are. */
  readonly isOneMore?: boolean;
}

/** Looks at everything that `create` needs of this machine; changes nothing. */
export async function inspect(context: Context, needs: Needs): Promise<Finding[]> {
  const provider = await chooseProvider(context);
  const { isOneMore = false } = needs;
  // Whoever has no network has all that is built from packages, as images among others.
  const usesDocker = provider === 'docker' || needs.fromPackages || context.isOffline;
  const isBuilt = needs.fromPackages && !context.isOffline;
  const checks: Check[] = [
    checkNode(),
    checkProgram(context, GIT),
    checkProgram(context, VAGRANT),
    ...(provider === 'docker' ? [] : [checkHypervisor(context, provider)]),
    ...(usesDocker ? [checkDockerInstalled(context)] : []),
    ...(isBuilt ? [checkProgram(context, GO), checkProgram(context, MMDEBSTRAP)] : []),
    checkMemory(context, provider === 'docker', isOneMore),
    checkDisk(context, isOneMore ? 'machine' : 'cluster'),
    checkAddresses(context),
    checkRegistries(context),
  ];
  return await lookAt(context, checks);
}

/** Looks at what `create` needs of this machine where the cluster's nodes are elsewhere; changes nothing. */
export async function inspectHost(context: Context, fromPackages: boolean): Promise<Finding[]> {
  return await lookAt(context, [
    checkNode(),
    checkProgram(context, GIT),
    ...(fromPackages ? [checkProgram(context, GO)] : []),
    checkDisk(context, 'machine'),
  ]);
}

/** Looks at what `bundle` needs of this machine to have everything that `create` needs; changes nothing. */
export async function inspectForBundle(context: Context, fromPackages: boolean): Promise<Finding[]> {
  return await lookAt(context, [
    checkNode(),
    checkProgram(context, GIT),
    checkProgram(context, VAGRANT),
    checkDockerInstalled(context),
    ...(fromPackages ? [checkProgram(context, GO), checkProgram(context, MMDEBSTRAP)] : []),
    checkDisk(context, 'bundle'),
  ]);
}

/** Looks at what Vagrant needs of this machine to reach the machines that there are; changes nothing. */
export async function inspectProvider(context: Context): Promise<Finding[]> {
  const provider = await chooseProvider(context);
  const isDocker = provider === 'docker';
  return await lookAt(context, [
    checkProgram(context, VAGRANT),
    isDocker ? checkDockerInstalled(context) : checkHypervisor(context, provider),
  ]);
}

async function lookAt(context: Context, checks: readonly Check[]): Promise<Finding[]> {
  const found = await Promise.all(checks.map((check) => check()));
  const findings = context.isOffline ? found.map(withoutNetwork) : found;
  const hasDocker = findings.some((finding) => finding.subject === 'docker' && finding.isFine);
  // An engine that isn't installed can't run: one problem, not two.
  if (!hasDocker) return findings;
  const engine = await checkDockerRuns(context)();
  return [...findings, engine, ...(engine.isFine ? [await checkForgottenBridges(context)()] : [])];
}

/** What a finding comes to on a machine that can't fetch packages. */
function withoutNetwork({ repair: one, ...finding }: Finding): Finding {
  if (one?.kind !== 'install') return one ? { ...finding, repair: one } : finding;
  const packages = one.packages.join(' ');
  const remedy = `Without a network, nothing is installed. Bring the packages ${packages} of this system's release, from its installation medium or a mirror of your own; docs/runbooks/air-gap.md lists them all.`;
  return { ...finding, remedy };
}

/** Makes the repairs that need nobody's decision. Needs root on Debian. */
export async function repair(context: Context, findings: readonly Finding[]): Promise<void> {
  const repairs = listRepairs(findings);
  const packages = packagesOf(repairs);
  if (packages.length > 0) await installPackages(context.shell, packages);
  for (const one of repairs) {
    if (one.kind === 'start-docker')
      await startDockerEngine(context.shell, one.client, context.environment.path);
    if (one.kind === 'delete-bridges')
      for (const name of one.names) await context.shell.run('ip', ['link', 'delete', name]);
  }
}

/** What {@link repair} would do about the findings, for its announcement. */
export function describeRepairs(findings: readonly Finding[]): string {
  const repairs = listRepairs(findings);
  const packages = packagesOf(repairs);
  return [
    ...(packages.length > 0 ? [`installing ${packages.join(' ')}`] : []),
    ...(repairs.some((one) => one.kind === 'start-docker') ? ['starting the Docker engine'] : []),
    ...repairs.flatMap((one) => (one.kind === 'delete-bridges' ? [`deleting ${one.names.join(' ')}`] : [])),
  ].join(', ');
}

/** What a person has to do about the findings; packages of Debian in one command. */
export function listRemedies(findings: readonly Finding[]): string[] {
  const packages = packagesOf(listRepairs(findings));
  const others = findings.flatMap(({ repair: one, remedy }) =>
    one?.kind === 'install' ? [] : (remedy ?? []),
  );
  if (packages.length === 0) return others;
  return [`As root: apt-get update && apt-get ${installArguments(packages).join(' ')}`, ...others];
}

function listRepairs(findings: readonly Finding[]): Repair[] {
  return findings.flatMap((finding) => finding.repair ?? []);
}

function packagesOf(repairs: readonly Repair[]): string[] {
  return [...new Set(repairs.flatMap((one) => (one.kind === 'install' ? one.packages : [])))];
}
