import { basename } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';

/** Programs that are compiled together, so that they share what they are made of. */
export interface GoBuild {
  /** The folder of the module whose go.mod pins everything. */
  readonly module: string;
  /** The packages of the programs. */
  readonly packages: readonly string[];
  /** Variables that the linker sets, as `package.name` → value. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** No C compiler is needed, and the programs run on any Linux, whatever its C library. */
const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'auto' };

/** The linker drops what debuggers need (-s -w); compiling it in the first place takes an eighth of the time. */
const WITHOUT_DEBUGGING = ['-gcflags', 'all=-dwarf=false'];

/**
 * Compiles programs with `go build`, static and stripped.
 *
 * @param output a file for one program, or a folder, ending in `/`, for several
 */
export async function buildGo(shell: Shell, build: GoBuild, output: string, report: Report): Promise<void> {
  const variables = Object.entries(build.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  let compiled = 0;
  report(`downloading the modules of ${basename(build.module)}`);
  await shell.run(
    'go',
    [
      ...['build', '-v', '-trimpath', ...WITHOUT_DEBUGGING, '-ldflags', ['-s', '-w', ...variables].join(' ')],
      ...['-o', output, ...build.packages],
    ],
    {
      cwd: build.module,
      env: ENVIRONMENT,
      onLine: (line) => {
        if (line.startsWith('go: ')) return report(line.slice(4));
        compiled += 1;
        report(`compiling ${line} (package ${compiled})`);
      },
    },
  );
}

/** The folder of a dependency's source, where its manifests and scripts are read from. */
export async function findModuleFolder(shell: Shell, module: string, dependency: string): Promise<string> {
  await shell.run('go', ['mod', 'download', dependency], { cwd: module, env: ENVIRONMENT });
  const list = await shell.run('go', ['list', '-m', '-f', '{{.Dir}}', dependency], {
    cwd: module,
    env: ENVIRONMENT,
  });
  return list.stdout.trim();
}
