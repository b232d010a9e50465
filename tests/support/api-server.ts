import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildEngine } from '../../bootstrap/artifacts/engine.ts';
import { clusterDirectories } from '../../bootstrap/settings/directories.ts';
import { freePort } from '../../services/backends/free-port.ts';
import { type ServerProcess, spawnServer } from '../../services/backends/server-process.ts';
import { requireSuccess } from './cluster-under-test.ts';
import { shell } from './go-tools.ts';
import { runCommand } from './run-command.ts';

/** Compiling the engine takes minutes where that was not done before. */
export const BUILD_TIMEOUT_MS = 30 * 60_000;
const START_TIMEOUT_MS = 120_000;

const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'validatingadmissionpolicy-status-controller',
];

/** What runs beside the API server and its data store. */
export interface ApiServerOptions {
  /** Whether those controllers do that need no node: for namespaces, service accounts, what owners leave behind, and the expressions of policies. */
  readonly hasControllers?: boolean;
}

/** Kubernetes without nodes, on loopback: whatever needs no pod that runs is real. */
export class ApiServer {
  /** Of an administrator, in YAML. */
  readonly kubeconfig: string;
  /** The file of the data store. */
  readonly store: string;
  private readonly program: string;
  private readonly place: Place;
  private readonly kubeconfigFile: string;
  private readonly others: ServerProcess[] = [];
  private server: ServerProcess | undefined;

  private constructor(program: string, place: Place, token: string) {
    this.program = program;
    this.place = place;
    this.kubeconfig = this.kubeconfigOf(token);
    this.store = join(place.folder, 'state.db');
    this.kubeconfigFile = join(place.folder, 'kubeconfig.yaml');
  }

  /** Starts the API server that clusters of source `packages` have; compiles it first, where that was not done before. */
  static async start({ hasControllers = false }: ApiServerOptions = {}): Promise<ApiServer> {
    const { programs } = await buildEngine(shell, clusterDirectories('tests').cache, () => {});
    const folder = await mkdtemp(join(tmpdir(), 'api-server-'));
    const place = { folder, port: await freePort(), accountsKey: join(folder, 'accounts.key') };
    const token = randomBytes(16).toString('hex');
    await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    await requireSuccess(runCommand('openssl', ['genrsa', '-out', place.accountsKey, '2048']));
    const server = new ApiServer(join(programs, 'k3s'), place, token);
    await writeFile(server.kubeconfigFile, server.kubeconfig, { mode: 0o600 });
    server.others.push(await server.run('kine', [join(folder, 'kine.sock'), server.store]));
    await server.startAgain();
    if (!hasControllers) return server;
    const options = listControllerOptions(place, server.kubeconfigFile);
    server.others.push(await server.run('kube-controller-manager', options));
    return server;
  }

  /** @returns a kubeconfig, in YAML, of who shows this token */
  kubeconfigOf(token: string): string {
    return formatKubeconfig(this.place, token);
  }

  /** Runs kubectl as an administrator; what it printed. Throws unless it exits with 0. */
  async kubectl(...args: string[]): Promise<string> {
    return await this.kubectlWithInput('', ...args);
  }

  /** As {@link kubectl}, with something on standard input. */
  async kubectlWithInput(input: string, ...args: string[]): Promise<string> {
    const all = ['kubectl', `--kubeconfig=${this.kubeconfigFile}`, ...args];
    return (await requireSuccess(runCommand(this.program, all, { input }))).stdout;
  }

  /** Ends the API server as a machine that loses power does; the data store stays. */
  async kill(): Promise<void> {
    await this.server?.end('SIGKILL');
  }

  /** Starts the API server after {@link kill}, with options that it did not have before. */
  async startAgain(...options: string[]): Promise<void> {
    this.server = await this.run('kube-apiserver', [...listOptions(this.place), ...options]);
    const probe = async () => void (await this.kubectl('get', '--raw', '/readyz'));
    await this.server.untilReady(probe, { name: 'the API server', timeoutMs: START_TIMEOUT_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const one of this.others) await one.end('SIGKILL');
    await rm(this.place.folder, { recursive: true, force: true });
  }

  private async run(component: string, options: readonly string[]): Promise<ServerProcess> {
    const { folder } = this.place;
    const output = join(folder, `${component}.log`);
    return await spawnServer(this.program, [component, ...options], { folder, output });
  }
}

interface Place {
  readonly folder: string;
  readonly port: number;
  /** The file of the key that tokens of service accounts are signed with. */
  readonly accountsKey: string;
}

function listOptions({ folder, port, accountsKey }: Place): string[] {
  return [
    `--etcd-servers=unix://${join(folder, 'kine.sock')}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--cert-dir=${join(folder, 'certificates')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    // As every cluster has it: what is privileged is left to admission.
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.43.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${accountsKey}`,
    `--service-account-signing-key-file=${accountsKey}`,
  ];
}

function listControllerOptions({ accountsKey }: Place, kubeconfigFile: string): string[] {
  return [
    `--kubeconfig=${kubeconfigFile}`,
    `--service-account-private-key-file=${accountsKey}`,
    '--leader-elect=false',
    // Nobody asks them anything, and there may be another.
    '--secure-port=0',
    `--controllers=${CONTROLLERS.join(',')}`,
  ];
}

/** The certificate is its own authority, and is there once the API server has started. */
function formatKubeconfig({ folder, port }: Place, token: string): string {
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority': join(folder, 'certificates', 'apiserver.crt'),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
