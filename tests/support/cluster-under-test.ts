import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ClusterSettings } from '../../bootstrap/settings/cluster-settings.ts';
import { clusterDirectories } from '../../bootstrap/settings/directories.ts';
import { vagrantMachines } from '../../bootstrap/settings/vagrant-machines.ts';
import { askStatus } from './ask-status.ts';
import type { ClusterPlace } from './open-context.ts';
import { type CommandResult, type RunningCommand, runCommand, startCommand } from './run-command.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/**
 * A clone of this repository, with a cluster and addresses of its own, so that the tests never touch what the
 * user has. Its place is fixed: what a killed run left behind is found, and removed, by the next.
 */
export class ClusterUnderTest {
  readonly name: string;
  readonly network: string;
  readonly folder: string;
  readonly clone: string;
  readonly kubeconfig: string;

  /** @param network the first three numbers of the machines' addresses */
  constructor(name: string, network: string) {
    this.name = name;
    this.network = network;
    this.folder = join(homedir(), '.cache', 'orchestrator-tests', name);
    this.clone = join(this.folder, 'clone');
    this.kubeconfig = join(this.folder, 'kubeconfig.yaml');
  }

  get masterAddress(): string {
    return `${this.network}.10`;
  }

  get agentAddress(): string {
    return `${this.network}.11`;
  }

  get dataFolder(): string {
    return join(this.folder, 'data', 'orchestrator', this.name);
  }

  /** Where the user's own configuration would be. */
  get configFolder(): string {
    return join(this.folder, 'config');
  }

  get logFolder(): string {
    return join(this.folder, 'state', 'orchestrator', this.name);
  }

  /** Data, logs, configuration and the kubeconfig are the test's own; the cache is shared, so that nothing is built twice. */
  get env(): NodeJS.ProcessEnv {
    return {
      // biome-ignore lint/style/noProcessEnv: handed on whole to the program under test
      ...process.env,
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_STATE_HOME: join(this.folder, 'state'),
      XDG_CONFIG_HOME: this.configFolder,
      KUBECONFIG: this.kubeconfig,
    };
  }

  /** For what works with a cluster's context, not with its command line. */
  get place(): ClusterPlace {
    return {
      repository: this.clone,
      name: this.name,
      directories: { ...clusterDirectories(this.name), data: this.dataFolder, log: this.logFolder },
      env: {
        XDG_DATA_HOME: join(this.folder, 'data'),
        XDG_STATE_HOME: join(this.folder, 'state'),
        KUBECONFIG: this.kubeconfig,
      },
    };
  }

  /** Makes the clone, with what is not committed yet, and the settings of the cluster. */
  async prepare(): Promise<void> {
    await this.removeLeftOver();
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await requireSuccess(runCommand('git', ['clone', '--quiet', REPOSITORY, this.clone]));
    await this.copyWorkTree();
    await this.writeSettings((settings) => settings);
    await this.commitAll('Describe the cluster of the tests');
  }

  /** Writes cluster.yaml: that of `local`, with this cluster's addresses, changed by `change`. */
  async writeSettings(change: (settings: ClusterSettings) => unknown): Promise<void> {
    const local = await readFile(join(this.clone, 'clusters', 'local', 'cluster.yaml'), 'utf8');
    const settings: ClusterSettings = parse(local);
    const machines = vagrantMachines(settings);
    machines.master.address = this.masterAddress;
    machines.agents = [{ name: 'agent', address: this.agentAddress }];
    const folder = join(this.clone, 'clusters', this.name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'cluster.yaml'), stringify(change(settings)));
  }

  /** Starts `./orchestrator.sh` with a subcommand, in the clone. */
  start(subcommand: string, ...args: string[]): RunningCommand {
    const all = [subcommand, ...args, '--cluster', this.name];
    return startCommand('./orchestrator.sh', all, { cwd: this.clone, env: this.env, isShown: true });
  }

  /** Runs `./orchestrator.sh` with a subcommand to its end. */
  async run(subcommand: string, ...args: string[]): Promise<CommandResult> {
    return await this.start(subcommand, ...args).result;
  }

  /** As {@link run}, with something on standard input. */
  async runWithInput(input: string, subcommand: string, ...args: string[]): Promise<CommandResult> {
    const all = [subcommand, ...args, '--cluster', this.name];
    return await runCommand('./orchestrator.sh', all, { cwd: this.clone, env: this.env, input });
  }

  /** Runs kubectl with the kubeconfig that `create` merged into. Throws unless it exits with 0. */
  async kubectl(...args: string[]): Promise<string> {
    return (await requireSuccess(runCommand('kubectl', args, { env: this.env }))).stdout;
  }

  async git(...args: string[]): Promise<string> {
    return (await requireSuccess(runCommand('git', ['-C', this.clone, ...args], { env: this.env }))).stdout;
  }

  async commitAll(message: string): Promise<string> {
    await this.git('add', '--all');
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    await this.git(...identity, 'commit', '--quiet', '--allow-empty', '--message', message);
    return (await this.git('rev-parse', 'HEAD')).trim();
  }

  /** Pushes to the cluster; what git printed. */
  async push(): Promise<string> {
    const push = ['-C', this.clone, 'push', 'cluster', 'HEAD:main'];
    return (await requireSuccess(runCommand('git', push, { env: this.env }))).stderr;
  }

  /** The HTTP status of the git server's answer to a user. */
  async askGitServer(user: string, password: string, service: string): Promise<number> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const url = `https://${this.masterAddress}:8443/git/cluster.git/info/refs?service=${service}`;
    return await askStatus(url, { headers: { authorization } });
  }

  /**
   * Writes what there is to know of pods and events into a file, for whoever asks why a run failed.
   *
   * @param kubectl runs kubectl where the cluster can be reached, if not here
   */
  async saveDiagnostics(
    kubectl = (args: readonly string[]) => runCommand('kubectl', args, { env: this.env }),
  ): Promise<void> {
    const questions = [
      ['get', 'nodes,pods,applications', '--all-namespaces', '--output=wide'],
      ['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'],
      ['describe', 'applications', '--namespace=argocd'],
    ];
    const answers: string[] = [];
    for (const question of questions) {
      const { stdout, stderr } = await kubectl(question);
      answers.push(`$ kubectl ${question.join(' ')}\n${stdout}${stderr}`);
    }
    await writeFile(join(this.folder, 'diagnostics.txt'), answers.join('\n'));
  }

  /** What a killed run left behind is removed by the program as it is now, not as it was then. */
  private async removeLeftOver(): Promise<void> {
    const settings = join(this.clone, 'clusters', this.name, 'cluster.yaml');
    const isLeftOver = await readFile(settings).then(
      () => true,
      () => false,
    );
    if (!isLeftOver) return;
    await this.copyWorkTree();
    await this.writeSettings((local) => local);
    await requireSuccess(this.run('destroy', '--no-keep-keys'));
  }

  private async copyWorkTree(): Promise<void> {
    const listed = await requireSuccess(
      runCommand('git', ['-C', REPOSITORY, 'ls-files', '--cached', '--others', '--exclude-standard', '-z']),
    );
    const archive = join(this.folder, 'files.tar');
    const pack = ['-C', REPOSITORY, '--null', '--files-from=-', '--ignore-failed-read', '-cf', archive];
    await requireSuccess(runCommand('tar', pack, { input: listed.stdout }));
    await requireSuccess(runCommand('tar', ['-C', this.clone, '-xf', archive]));
  }
}

/** The result of a command, or an error with what it printed. */
export async function requireSuccess(command: Promise<CommandResult>): Promise<CommandResult> {
  const result = await command;
  if (result.exitCode === 0) return result;
  throw new Error(`Exit code ${result.exitCode}:\n${result.stdout}${result.stderr}`);
}
