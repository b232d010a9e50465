import type { Block, MarkdownDocument } from './read-documents.ts';

/** Blocks of commands that other tests run, by their first line: in which file, and as what. */
export const RUN_ELSEWHERE: Readonly<Record<string, readonly [file: string, as: string]>> = {
  './orchestrator.sh create': ['tests/scenarios/create.ts', "run('create')"],
  './orchestrator.sh bundle ../orchestrator.bundle': ['tests/scenarios/air-gap.ts', "'bundle'"],
  'npm test': ['.ci/run', 'npm test'],
  'CLUSTER=local npm run scale -- --report scale.json': ['tests/scenarios/scale.ts', "'scale', '--'"],
  'npm run checksums': ['bootstrap/artifacts/update-checksums.test.ts', 'update-checksums.ts'],
  './orchestrator.sh node add agent-2 --address 192.168.56.12': ['tests/scenarios/nodes.ts', "node('add'"],
  './orchestrator.sh node remove agent-2': ['tests/scenarios/nodes.ts', "node('remove'"],
  './orchestrator.sh node replace agent': ['tests/scenarios/nodes.ts', "['replace', 'agent'"],
  './orchestrator.sh control-plane restore FILE': ['tests/scenarios/nodes.ts', "'control-plane', 'restore'"],
  './orchestrator.sh rotate-keys': ['tests/scenarios/rotation.ts', "run('rotate-keys')"],
  './orchestrator.sh rotate-keys --retire': ['tests/scenarios/rotation.ts', "run('rotate-keys', '--retire')"],
  './orchestrator.sh rotate-passwords': ['tests/scenarios/rotation.ts', "('rotate-passwords')"],
  './orchestrator.sh restore --replace --passphrase-file ../backup-passphrase ../today.backup': [
    'tests/scenarios/backup.ts',
    "'restore', '--replace'",
  ],
  './orchestrator.sh restore --passphrase-file passphrase today.backup': [
    'tests/scenarios/backup.ts',
    "'restore', '--cluster'",
  ],
  'kubectl create job --from=cronjob/backup backup-now': [
    'tests/scenarios/backup.ts',
    '--from=cronjob/backup',
  ],
  './orchestrator.sh release api-gateway': ['tests/scenarios/release.ts', "'release'"],
  'tar -xOf orchestrator.bundle repository.bundle > repository.bundle': [
    'tests/scenarios/air-gap.ts',
    'repository.bundle',
  ],
  'npm run test:cluster -- tests/air-gap.test.ts': ['vitest.config.ts', 'tests/**/*.test.ts'],
  'npm run test:cluster -- tests/aws tests/existing-cluster.test.ts tests/foreign-cluster.test.ts': [
    'vitest.config.ts',
    'tests/**/*.test.ts',
  ],
};

/** Commands that no test runs as they stand in a document, by the first line: why. */
export const RUN_NOWHERE: Readonly<Record<string, string>> = {
  'gh repo fork OWNER/REPOSITORY --clone --fork-name fork': 'needs an account at GitHub',
  'gh variable set DOCKERHUB_USERNAME --body you': 'needs an account at GitHub',
  "sed -i.bak -e 's|provider: auto|provider: virtualbox|' \\": 'its settings are judged in usage.test.ts',
  'npm run tags': 'for images under a name of your own; update-tags.ts has a test',
  'gh run watch': 'needs an account at GitHub',
  './orchestrator.sh doctor': 'of the fork; the same is run of the README',
  "git commit --all --message 'Answer more kindly'": 'pushes to GitHub',
  'docker login --username you': 'needs an account at Docker Hub',
  'git revert --no-edit HEAD': 'of a release, which deploys; the same is run of the README',
  'cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com \\':
    'needs an image that GitHub has published',
  'apt-get install --download-only --yes --option Dir::Cache::archives="$PWD" git vagrant openssh-client docker.io libatomic1':
    'fills a medium for another machine',
  'tar -tf orchestrator.bundle': 'looks into a file that this cluster was not made from',
  'kubectl exec rabbitmq-0 -- rabbitmqctl force_standalone_khepri_boot': 'gives up data, and says so',
  'kubectl exec rabbitmq-2 -- rabbitmqctl stop_app': 'ends with another number of brokers, and says so',
  'kubectl --namespace movies annotate endpoints billing-database-config initialize-':
    'mends what no cluster of the tests has',
  'kubectl --namespace movies delete statefulset billing-db inventory-db': 'for clusters of before the pairs',
  'kubectl rollout restart deployment/inventory-app deployment/query-api deployment/api-gateway statefulset/billing-app':
    'after a rotation was taken back, which fails requests',
  'kubectl rollout restart deployment query-api': 'after a key of your own was sealed',
  'kubectl --namespace argocd delete secret argocd-initial-admin-secret':
    'after a password of your own was set',
  './orchestrator.sh ui headlamp': 'needs an add-on, whose image is pulled',
  'kubectl -n argocd scale deployment argocd-repo-server --replicas 3':
    'for many more Applications than the tests have',
  'kubectl delete statefulset rabbitmq --cascade=orphan': 'for clusters of older versions',
};

/** A command that only looks, as a line of a document begins with it. */
const LOOKING = [
  /^kubectl (--namespace \S+ )?(get|describe|logs|top|explain|kustomize|version|cluster-info|api-resources)\b/,
  /^kubectl (config (get-contexts|current-context)|auth (whoami|can-i))\b/,
  /^kubectl create .* --dry-run=client\b/,
  /^kubectl (--namespace \S+ )?exec \S+( --container \S+)? -- (patronictl list|getent|ls|uname|df|cat)\b/,
  /^kubectl exec \S+ -- psql .* -c ["'](SELECT|\\d)/,
  /^kubectl exec \S+ -- (rabbitmqctl|rabbitmq-queues) (list_|cluster_status|quorum_status)/,
  /^kubectl exec \S+ -- node -e 'fetch\(/,
  /^kubectl exec \S+ -- sh -c 'touch /,
  /^CLUSTER=local VAGRANT_DOTFILE_PATH=\.vagrant\/local vagrant (status|ssh \S+ --command '(sudo )?(tail|df|k3s|date|openssl|sh -c "(openssl|df)))/,
  /^\.\/orchestrator\.sh (status|alerts|logs|doctor|create --cluster eks --plan)\b/,
  /^kubectl config view --raw --minify --output jsonpath=\S+ \| base64 --decode \| openssl x509 -noout -enddate$/,
  /^(ls|cat|grep|git (log|status|remote --verbose)|ip route get|curl --silent --show-error http:\S+$)/,
];

/** What a block that holds commands has at the beginning of a line. */
const COMMAND =
  /^(kubectl|\.\/orchestrator\.sh|git|gh|npm|npx|docker|cosign|tar|apt-get|sed -i|vagrant|argocd|curl) /m;

/** Tells whether every line of a block only looks. */
export function isLooking(commands: string): boolean {
  const lines = commands.trimEnd().split('\n');
  return lines.every((line) => LOOKING.some((pattern) => pattern.test(line)));
}

/** Tells whether commands may run while others do. Vagrant locks a machine, even for who only asks how it is. */
export function mayRunBesideOthers(commands: string): boolean {
  return isLooking(commands) && !/vagrant |orchestrator\.sh status/.test(commands);
}

/** The blocks that the chapter of the documentation runs, in their order. */
export function listRunBlocks(documents: readonly MarkdownDocument[]): Block[] {
  const blocks = documents.flatMap((one) => one.blocks).filter(({ language }) => language === 'sh');
  return blocks.filter(({ content }) => !(firstLine(content) in RUN_ELSEWHERE));
}

/** The commands in sentences and tables that look at the cluster; the chapter runs them, too. */
export function listInlineLooks(documents: readonly MarkdownDocument[]): string[] {
  const all = documents.flatMap(({ inlineCode }) => inlineCode).filter(isInlineCommand);
  return [...new Set(all.filter((command) => command.startsWith('kubectl ') && isLooking(command)))].sort();
}

/** The commands of a document that change something, or need what no test has; by their first line. */
export function listOtherCommands({ blocks, inlineCode }: MarkdownDocument): string[] {
  const notRun = blocks.filter(({ language, content }) => language !== 'sh' && COMMAND.test(content));
  const inline = inlineCode.filter((code) => isInlineCommand(code) && code.startsWith('kubectl '));
  return [...notRun.map(({ content }) => firstLine(content)), ...inline.filter((code) => !isLooking(code))];
}

/** Tells a command that can be typed as it is from the name of one (`kubectl logs`), and from a pattern (`logs NAME`). */
export function isInlineCommand(code: string): boolean {
  if (!/^(kubectl|\.\/orchestrator\.sh) \S+/.test(code) || /…|\.\.\.|\b[A-Z]{2,}\b/.test(code)) return false;
  return code.startsWith('./') || (code.split(' ').length > 2 && code !== 'kubectl rollout restart');
}

/** The first line of a block. */
export function firstLine(content: string): string {
  return content.split('\n')[0] ?? '';
}
