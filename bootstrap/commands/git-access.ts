import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import password from '@inquirer/password';
import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import { readSealedSecret } from '../cluster-folder/secrets-folder.ts';
import { requireSourceBranch } from '../git-source/compare-with-source.ts';
import { createDeployKey, readDeployKey } from '../git-source/deploy-key.ts';
import type { SourceCredential } from '../git-source/source-credential.ts';
import { readSourceTrust } from '../git-source/source-trust.ts';
import { UserError } from '../lib/errors.ts';
import { formatManifest } from '../lib/manifests.ts';
import { WEBHOOK_SECRET } from '../secrets/generated-secrets.ts';
import { unsealSecret } from '../secrets/seal.ts';
import { sealSourceCredential } from '../secrets/source-secret.ts';
import { type ClusterSettings, isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { hasOwnGitServer, webhookUrl } from '../settings/git-source.ts';
import { parseGitUrl } from '../settings/git-url.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface TokenOptions extends CommonOptions {
  readonly file?: string;
  readonly user: string;
}

interface DeployKeyOptions extends CommonOptions {
  readonly file?: string;
}

/** `git-access`: how Argo CD reads a repository elsewhere, and is told of pushes there. */
export function registerGitAccess(program: Command): void {
  const group = program
    .command('git-access')
    .description('let Argo CD read a private repository, and be told of pushes');
  registerToken(group);
  registerDeployKey(group);
  registerWebhook(group);
}

function registerToken(group: Command): void {
  addCommonOptions(group.command('token').description('seal a token that may read the repository, for https'))
    .option('--file <file>', 'where the token is; - for standard input; asked for unless given')
    .option('--user <name>', 'the user name that goes with it; GitHub takes any', 'git')
    .action((options: TokenOptions) =>
      runSession('git-access token', options, async ({ context }) => {
        requireProtocol(context, 'https', 'deploy-key');
        const credential = {
          kind: 'token',
          username: options.user,
          token: await readToken(options.file),
        } as const;
        await requireBranch(context, credential);
        process.stdout.write(formatSealed(context, await seal(context, credential)));
      }),
    );
}

function registerDeployKey(group: Command): void {
  addCommonOptions(
    group.command('deploy-key').description('make a key that may read the repository, for ssh'),
  )
    .option('--file <file>', 'a private key that is there already; a new one is made unless given')
    .action((options: DeployKeyOptions) =>
      runSession('git-access deploy-key', options, async ({ context }) => {
        requireProtocol(context, 'ssh', 'token');
        const { shell, cluster } = context;
        const { privateKey, publicKey } = options.file
          ? await readDeployKey(shell, options.file)
          : await createDeployKey(shell, `argocd@${cluster.name}`);
        const credential = { kind: 'deploy-key', privateKey } as const;
        if (options.file) await requireBranch(context, credential);
        process.stdout.write(formatSealed(context, await seal(context, credential)));
        process.stdout.write(`${formatPublicKey(cluster.settings.git.source, publicKey)}\n`);
      }),
    );
}

function registerWebhook(group: Command): void {
  addCommonOptions(group.command('webhook').description('print what to set up for pushes to be live at once'))
    // The secret is printed: it is nowhere but in the cluster and at the git host.
    .action((options: CommonOptions) =>
      runSession('git-access webhook', options, async ({ context }) => {
        requireElsewhere(context);
        process.stdout.write(formatWebhook(context, await readWebhookSecret(context)));
      }),
    );
}

function requireElsewhere({ cluster }: Context): void {
  if (!hasOwnGitServer(cluster.settings)) return;
  throw new UserError(
    "The cluster follows its own git server, and has made that server's passwords itself",
    `To follow a repository elsewhere, set git.source in clusters/${cluster.name}/cluster.yaml to its URL.`,
  );
}

function requireProtocol(context: Context, protocol: 'https' | 'ssh', other: string): void {
  requireElsewhere(context);
  const { source } = context.cluster.settings.git;
  if (parseGitUrl(source)?.protocol === protocol) return;
  const remedy = `./orchestrator.sh git-access ${other}, or change git.source in clusters/${context.cluster.name}/cluster.yaml.`;
  throw new UserError(`${source} is not read over ${protocol}`, remedy);
}

async function readToken(file: string | undefined): Promise<string> {
  const remedy = 'Give it on standard input (--file -) or in a file (--file FILE).';
  if (file === undefined && !process.stdin.isTTY)
    throw new UserError('There is no terminal to ask for the token.', remedy);
  const token =
    file === undefined
      ? await password({ message: 'Token', mask: true })
      : (await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'))).trim();
  if (token === '' || /\s/.test(token))
    throw new UserError('The token is empty, or has blanks in it.', remedy);
  return token;
}

/** Throws UserError unless Argo CD will be able to read the branch with this. */
async function requireBranch(context: Context, credential: SourceCredential): Promise<void> {
  const { cluster } = context;
  const trust = await readSourceTrust(cluster);
  await requireSourceBranch(context, { url: cluster.settings.git.source, credential, trust });
}

async function findKubeseal(context: Context): Promise<string> {
  const artifacts = createClusterArtifacts(context, await chooseSource(context));
  return (await artifacts.source.provideTools(() => {})).kubeseal;
}

async function seal(context: Context, credential: SourceCredential): Promise<string> {
  return await sealSourceCredential({ context, kubeseal: () => findKubeseal(context) }, credential);
}

async function readWebhookSecret(context: Context): Promise<string> {
  const { namespace, name, key } = WEBHOOK_SECRET;
  const sealed = await readSealedSecret(context.cluster, namespace, name);
  if (!sealed) {
    const remedy = './orchestrator.sh create makes it.';
    throw new UserError('The secret that a webhook signs with has not been made yet.', remedy);
  }
  const manifest = formatManifest([sealed]);
  const kubeseal = await findKubeseal(context);
  const values = await unsealSecret(context.shell, kubeseal, context.directories.data, manifest);
  return values[key] ?? '';
}

function formatSealed({ cluster }: Context, path: string): string {
  return `clusters/${cluster.name}/${path} is sealed. Next: ./orchestrator.sh create, which commits it and gives it to Argo CD.\n`;
}

function formatPublicKey(url: string, publicKey: string): string {
  const { host, path } = parseGitUrl(url) ?? { host: '', path: '' };
  const where =
    host === 'github.com' ? `https://github.com/${path}/settings/keys/new` : `the settings of ${path}`;
  return `Before that, add its public half as a deploy key that may only read, at ${where}:\n\n${publicKey}\n`;
}

/** On machines that are not ours, nothing is opened to the world but what serves: how is that cluster's affair. */
function describeWebhook({ machines }: ClusterSettings): string {
  return isVagrant(machines)
    ? webhookUrl(machines.master.address)
    : 'https://HOST/api/webhook, where HOST is one that you make lead to the Service argocd/argocd-server';
}

function formatWebhook({ cluster }: Context, secret: string): string {
  const { source, poll } = cluster.settings.git;
  const { host, path } = parseGitUrl(source) ?? { host: '', path: '' };
  const where =
    host === 'github.com' ? `https://github.com/${path}/settings/hooks/new` : `the settings of ${path}`;
  return `Add a webhook at ${where}:

  Payload URL       ${describeWebhook(cluster.settings)}
  Content type      application/json
  Secret            ${secret}
  SSL verification  disabled: Argo CD's certificate is its own
  Events            just the push event

The git host has to reach that address. Where it can't, give it that of a tunnel or proxy which leads there; until
then, Argo CD looks by itself every ${poll} s (git.poll).
`;
}
