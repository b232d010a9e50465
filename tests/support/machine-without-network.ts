import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, type RunningCommand, runCommand, startCommand } from './run-command.ts';

const INIT = join(import.meta.dirname, 'without-network.sh');
const NAMESPACES = ['--net', '--mount', '--pid'];

/**
 * A machine as the one in the basement that no cable leads to: this one, in namespaces with no network but the loopback
 * interface, with processes of its own, a home that begins empty, and a container engine that begins with nothing. Needs
 * root. It ends with this process, however that ends, and all that runs in it does so, too.
 */
export class MachineWithoutNetwork implements AsyncDisposable {
  readonly home: string;
  readonly #holder: RunningCommand;
  readonly #processId: string;

  private constructor(folder: string, holder: RunningCommand, processId: string) {
    this.home = join(folder, 'home');
    this.#holder = holder;
    this.#processId = processId;
  }

  /** @param folder where it keeps everything */
  static async start(folder: string): Promise<MachineWithoutNetwork> {
    await mkdir(join(folder, 'home'), { recursive: true });
    const unshare = ['unshare', ...NAMESPACES, '--fork', '--kill-child', '--mount-proc', INIT, folder];
    const holder = startCommand('setpriv', ['--pdeathsig', 'KILL', ...unshare]);
    await holder.printed(/^ready$/m);
    const children = await runCommand('ps', ['-o', 'pid=', '--ppid', `${holder.child.pid}`]);
    return new MachineWithoutNetwork(folder, holder, children.stdout.trim());
  }

  /** Starts a program on it, at first in its home. */
  start(program: string, args: readonly string[], folder = this.home): RunningCommand {
    const enter = ['--target', this.#processId, ...NAMESPACES, 'env', `--chdir=${folder}`];
    const env = { HOME: this.home, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    return startCommand('nsenter', [...enter, program, ...args], { env, isShown: true });
  }

  /** Runs a program on it to its end. */
  async run(program: string, args: readonly string[], folder = this.home): Promise<CommandResult> {
    return await this.start(program, args, folder).result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.child.kill('SIGKILL');
    await this.#holder.result;
  }
}
