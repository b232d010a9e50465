import { describe, expect, test } from 'vitest';
import { listInlineLooks, listRunBlocks, mayRunBesideOthers } from '../documentation/command-classes.ts';
import { type Block, readDocuments } from '../documentation/read-documents.ts';
import { findMissing } from '../documentation/sample-output.ts';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';

const documents = await readDocuments();
const blocks = listRunBlocks(documents);
const looks = [
  ...blocks.filter(({ content }) => mayRunBesideOthers(content)),
  ...listInlineLooks(documents).map(
    (command): Block => ({ file: 'a sentence', language: '', content: command }),
  ),
];
const others = blocks.filter(({ content }) => !mayRunBesideOthers(content));

/** Runs every command of the documentation on the cluster of the tests: those that change it in their order. */
export function describeDocumentedCommands(cluster: ClusterUnderTest): void {
  describe('the documentation', () => {
    test('finds a cluster in which all is well', async () => {
      const applications = ['--namespace=argocd', 'applications', '--all', '--timeout=180s'];
      await cluster.kubectl('wait', '--for=jsonpath={.status.health.status}=Healthy', ...applications);
      await untilAnswered(cluster);
    });

    // Beside each other: they only look, and each waits for the cluster most of its time.
    describe.concurrent('what it shows', () => {
      test.each(looks)('is there: $file, $content', async ({ content, sample }) => {
        const output = await run(content, cluster);
        expect(findMissing(adapt(sample ?? '', cluster), output)).toEqual([]);
      });
    });

    test.each(others)('is true: $file, $content', async ({ content, sample }) => {
      await untilAnswered(cluster);
      const output = await run(content, cluster);
      expect(findMissing(adapt(sample ?? '', cluster), output)).toEqual([]);
    });
  });
}

async function untilAnswered({ masterAddress }: ClusterUnderTest): Promise<void> {
  await eventually(
    { description: 'an answer of the gateway', timeoutMs: 60_000 },
    async () => (await fetch(`http://${masterAddress}:3000/`)).ok,
  );
}

/** What the commands print. Fails unless they exit with 0. */
async function run(commands: string, cluster: ClusterUnderTest): Promise<string> {
  const result = await runCommand('bash', ['-euo', 'pipefail', '-c', adapt(commands, cluster)], {
    cwd: cluster.clone,
    env: { ...cluster.env, CLUSTER: cluster.name, ...identity() },
  });
  const output = `${result.stdout}${result.stderr}`;
  expect(`${output}\nexit code ${result.exitCode}`).toMatch(/exit code 0$/);
  return output;
}

/** The documentation speaks of the cluster `local`; here is another. */
function adapt(text: string, { network, name }: ClusterUnderTest): string {
  return text
    .replaceAll('192.168.56.', `${network}.`)
    .replaceAll('CLUSTER=local', `CLUSTER=${name}`)
    .replaceAll('.vagrant/local', `.vagrant/${name}`)
    .replaceAll('orchestrator-local', `orchestrator-${name}`)
    .replaceAll('cluster local runs', `cluster ${name} runs`);
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
