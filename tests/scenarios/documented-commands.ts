import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listFiles } from '../../bootstrap/artifacts/content-hash.ts';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** These are run by other chapters. */
const RUN_ELSEWHERE = [
  './orchestrator.sh create\n',
  './orchestrator.sh bundle ../orchestrator.bundle\n',
  'npm test\n',
  'npm run checksums\n',
  './orchestrator.sh node add agent-2 --address 192.168.56.12\n',
  './orchestrator.sh node remove agent-2\n',
  './orchestrator.sh node replace agent\n',
  './orchestrator.sh restore --replace --passphrase-file ../backup-passphrase ../today.backup\n',
  [
    'kubectl create job --from=cronjob/backup backup-now\n',
    'kubectl wait --for=condition=complete --timeout=180s job/backup-now\n',
    './orchestrator.sh backup --scheduled latest ../latest.backup\n',
    'kubectl delete job backup-now\n',
  ].join(''),
];

interface Block {
  readonly file: string;
  readonly commands: string;
}

const files = ['README.md', ...(await listFiles(join(REPOSITORY, 'docs'))).map((file) => join('docs', file))];
const blocks = (await Promise.all(files.filter((file) => file.endsWith('.md')).map(readBlocks))).flat();

/** Runs every command of the documentation, in its order, on the cluster of the tests. */
export function describeDocumentedCommands(cluster: ClusterUnderTest): void {
  describe('the documentation', () => {
    test.each(blocks)('is true: $file, $commands', async ({ commands }) => {
      const script = adapt(commands, cluster);
      await eventually(
        { description: 'an answer of the gateway', timeoutMs: 60_000 },
        async () => (await fetch(`http://${cluster.masterAddress}:3000/`)).ok,
      );
      const result = await runCommand('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: cluster.clone,
        env: { ...cluster.env, CLUSTER: cluster.name, ...identity() },
      });
      expect(`${result.stdout}${result.stderr}\nexit code ${result.exitCode}`).toMatch(/exit code 0$/);
    });
  });
}

async function readBlocks(file: string): Promise<Block[]> {
  const text = await readFile(join(REPOSITORY, file), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, commands = '']) =>
    RUN_ELSEWHERE.includes(commands) ? [] : [{ file: relative('.', file), commands }],
  );
}

/** The documentation speaks of the cluster `local`; here is another. */
function adapt(commands: string, { network, name }: ClusterUnderTest): string {
  return commands
    .replaceAll('192.168.56.', `${network}.`)
    .replaceAll('CLUSTER=local', `CLUSTER=${name}`)
    .replaceAll('.vagrant/local', `.vagrant/${name}`);
}

function identity(): Record<string, string> {
  const [name, email] = ['test', 'test@localhost'];
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}
