import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireSuccess } from './cluster-under-test.ts';
import { type CommandResult, type RunningCommand, runCommand, startCommand } from './run-command.ts';

const INIT = join(import.meta.dirname, 'without-network.sh');
const NAMESPACES = ['--net', '--mount', '--pid'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How a program is started on the machine. */
interface MachineCommandOptions {
  /** Where it starts; the machine's home unless given. */
  readonly folder?: string;
  /** Repeats on this process's output what the program prints. */
  readonly isShown?: boolean;
}

/**
 * A machine as the one in the basement that no cable leads to: this one, in namespaces with no network but the loopback
 * interface, with processes of its own, a home that begins empty, no Node, npm, Go or mmdebstrap, and a container engine
 * that begins with nothing. Needs root. It ends with this process, however that ends, and all that runs in it does so, too.
 */
export class MachineWithoutNetwork implements AsyncDisposable {
  readonly home: string;
  readonly #logFolder: string;
  readonly #holder: RunningCommand;
  readonly #init: number;

  private constructor(folder: string, logFolder: string, holder: RunningCommand, init: number) {
    this.home = join(folder, 'home');
    this.#logFolder = logFolder;
    this.#holder = holder;
    this.#init = init;
  }

  /**
   * @param folder where it keeps everything
   * @param logFolder where the programs that run on it keep their logs (XDG_STATE_HOME)
   */
  static async start(folder: string, logFolder: string): Promise<MachineWithoutNetwork> {
    await mkdir(join(folder, 'home'), { recursive: true });
    const unshare = ['unshare', ...NAMESPACES, '--fork', '--kill-child', '--mount-proc', INIT, folder];
    const holder = startCommand('setpriv', ['--pdeathsig', 'KILL', ...unshare], { env: { PATH } });
    await holder.printed(/^ready$/m);
    const children = await requireSuccess(runCommand('ps', ['-o', 'pid=', '--ppid', `${holder.child.pid}`]));
    return new MachineWithoutNetwork(folder, logFolder, holder, Number(children.stdout));
  }

  /** Starts a program on it. */
  start(program: string, args: readonly string[], options: MachineCommandOptions = {}): RunningCommand {
    const { folder = this.home, isShown = false } = options;
    const enter = ['--target', `${this.#init}`, ...NAMESPACES, 'env', `--chdir=${folder}`];
    const env = { HOME: this.home, XDG_STATE_HOME: this.#logFolder, PATH };
    return startCommand('nsenter', [...enter, program, ...args], { env, isShown });
  }

  /** Runs a program on it to its end. */
  async run(program: string, args: readonly string[]): Promise<CommandResult> {
    return await this.start(program, args).result;
  }

  /** Ends all that runs on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The first process of a namespace is gone only when all others of it are (pid_namespaces(7)).
    process.kill(this.#init, 'SIGKILL');
    await this.#holder.result;
  }
}
