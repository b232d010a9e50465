import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { KubernetesClient, V1Pod } from '../lib/kubernetes.ts';
import { POD } from '../lib/resource-kinds.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';
import type { Login } from './logins.ts';
import type { PasswordServer, RotatedSecret } from './rotated-secrets.ts';

/** The container that follows the secrets, in a server's pods. */
const KEEPER = 'keeper';
/** Tells the kubelet that something has changed: it looks at what is mounted then, and not within a minute. */
const LOOK_ANNOTATION = 'orchestrator/secrets';

/** What commands in pods take from others. */
export interface PodAccess {
  readonly kubernetes: KubernetesClient;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** The pods of a server, by their names. */
export async function listServerPods({ kubernetes }: PodAccess, server: PasswordServer): Promise<string[]> {
  const pods = await kubernetes.list<V1Pod>(POD, COMPONENTS_NAMESPACE);
  return pods
    .filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === server.component)
    .map(({ metadata }) => metadata?.name ?? '')
    .toSorted();
}

/** Has the kubelets mount the newest state of the secrets at once. */
export async function lookAtSecrets(access: PodAccess, pod: string, moment: string): Promise<void> {
  const annotations = { [LOOK_ANNOTATION]: moment };
  await access.kubernetes.merge(POD, pod, COMPONENTS_NAMESPACE, { metadata: { annotations } });
}

/** The revision of a secret that a server's pod sees; empty where it sees none. */
export async function readMountedRevision(
  access: PodAccess,
  pod: string,
  secret: RotatedSecret,
): Promise<string> {
  return (await runInPod(access, pod, ['cat', `${secret.mount}/revision`])).output.trim();
}

const POSTGRES_LOGIN = `IFS= read -r PGPASSWORD; export PGPASSWORD PGCONNECT_TIMEOUT=5
exec psql --no-psqlrc --host=127.0.0.1 --username="$1" --dbname="$2" --tuples-only --command='SELECT 1'`;
const RABBITMQ_LOGIN = `IFS= read -r password
erl_call -name "$RABBITMQ_NODENAME" -timeout 10 -e <<ERLANG
case rabbit_access_control:check_user_pass_login(<<"$1">>,
        base64:decode(<<"$(printf '%s' "$password" | base64 --wrap=0)">>)) of
    {ok, _} -> accepted;
    {refused, _, _, _} -> refused
end.
ERLANG`;
/** What PostgreSQL says to a wrong password, and to a role that may not log in. */
const POSTGRES_REFUSAL = /password authentication failed|is not permitted to log in/;

/**
 * Tries to log in, in a pod of the server. The password goes through the connection's input alone.
 *
 * @throws Error where the server didn't say whether it takes the login
 */
export async function takesLogin(
  access: PodAccess,
  pod: string,
  { server, database = '' }: RotatedSecret,
  { username, password }: Login,
): Promise<boolean> {
  const script = server.kind === 'postgres' ? POSTGRES_LOGIN : RABBITMQ_LOGIN;
  const command = ['sh', '-c', script, 'log-in', username, database];
  const answer = await runInPod(access, pod, command, `${password}\n`);
  if (server.kind === 'postgres' && answer.exitCode === 0) return true;
  if (server.kind === 'postgres' && POSTGRES_REFUSAL.test(answer.errors)) return false;
  if (answer.output.trim() === '{ok, accepted}') return true;
  if (answer.output.trim() === '{ok, refused}') return false;
  throw new Error(`${pod} did not say whether it takes ${username}: ${answer.errors || answer.output}`);
}

/** Who is logged in by a name, in words; empty where nobody is. */
export async function readSessions(
  access: PodAccess,
  pod: string,
  { server }: RotatedSecret,
  username: string,
): Promise<string> {
  const answer = await askAdministrator(access, pod, server, {
    sql: `SELECT coalesce(string_agg(DISTINCT coalesce(nullif(application_name, ''), backend_type), ', '), '')
      FROM pg_stat_activity WHERE usename = '${username}'`,
    erlang: `length(rabbit_connection_tracking:list_of_user(<<"${username}">>)).`,
  });
  if (server.kind === 'postgres') return answer;
  return answer === '0' ? '' : `${answer} connections`;
}

/** Whether a server knows no password of a name any more. */
export async function isLocked(
  access: PodAccess,
  pod: string,
  { server }: RotatedSecret,
  username: string,
): Promise<boolean> {
  const answer = await askAdministrator(access, pod, server, {
    sql: `SELECT CASE count(*) WHEN 0 THEN 'false' ELSE 'true' END
      FROM pg_roles WHERE rolcanlogin AND rolname = '${username}'`,
    erlang: `rabbit_auth_backend_internal:exists(<<"${username}">>).`,
  });
  return answer === 'false';
}

/** What a server's administrator is asked, in the language of each kind of server; names need no escaping. */
interface Question {
  readonly sql: string;
  readonly erlang: string;
}

/** @throws Error where the server didn't answer */
async function askAdministrator(
  access: PodAccess,
  pod: string,
  { kind }: PasswordServer,
  { sql, erlang }: Question,
): Promise<string> {
  const psql = [
    'psql',
    '--no-psqlrc',
    '--username=postgres',
    '--tuples-only',
    '--no-align',
    `--command=${sql}`,
  ];
  const call = 'printf "%s\\n" "$1" | erl_call -name "$RABBITMQ_NODENAME" -timeout 10 -e';
  const command = kind === 'postgres' ? psql : ['sh', '-c', call, 'ask', erlang];
  const { exitCode, output, errors } = await runInPod(access, pod, command);
  const answer = kind === 'postgres' ? output.trim() : output.trim().match(/^\{ok, (.+)\}$/)?.[1];
  if (exitCode === 0 && answer !== undefined) return answer;
  throw new Error(`${pod} did not answer: ${errors || output}`);
}

async function runInPod(
  { kubernetes, signal }: PodAccess,
  pod: string,
  command: readonly string[],
  input?: string,
): Promise<Answer> {
  const output = new PassThrough();
  const errors: string[] = [];
  const [exitCode, printed] = await Promise.all([
    kubernetes.exec({
      namespace: COMPONENTS_NAMESPACE,
      pod,
      container: KEEPER,
      command,
      ...(input === undefined ? {} : { input: Readable.from([Buffer.from(input)]) }),
      output,
      onErrorLine: (line) => errors.push(line),
      signal,
    }),
    text(output),
  ]);
  return { exitCode, output: printed, errors: errors.join('\n') };
}
