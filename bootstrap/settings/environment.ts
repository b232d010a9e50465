import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';

/** curl and others take `proxy.example:3128` for an HTTP proxy, too. */
const proxy = z
  .string()
  .transform((value) => (value === '' || value.includes('://') ? value : `http://${value}`))
  .refine((value) => value === '' || /^https?:$/.test(URL.parse(value)?.protocol ?? ''))
  .optional();

const schema = z.object({
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  KUBECONFIG: z.string().optional(),
  /** Where a company's own certificate authorities are, for networks whose proxy opens TLS. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  SSL_CERT_FILE: z.string().optional(),
  /** Where Vagrant keeps what belongs to the user. */
  VAGRANT_HOME: z.string().optional(),
  // Written in small letters, they count more than in capitals, as for curl(1) and others.
  https_proxy: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  HTTP_PROXY: proxy,
  no_proxy: z.string().optional(),
  NO_PROXY: z.string().optional(),
  /** Which of the user's identities in AWS is meant. */
  AWS_PROFILE: z.string().optional(),
  /** Where Docker's command line keeps what belongs to the user. */
  DOCKER_CONFIG: z.string().optional(),
});

/** The proxies that downloads go through. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts that are reached without one, with commas between them. */
  readonly except: string | undefined;
}

/** What this program takes from its environment; nothing else reads it. */
export interface Environment {
  readonly path: string;
  /** The kubeconfig that contexts are merged into: the first of $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig: string;
  /** A file of certificate authorities that programs in image builds must trust, too. */
  readonly certificateAuthorities: string | undefined;
  readonly vagrantHome: string | undefined;
  readonly proxy: ProxySettings;
  readonly awsProfile: string | undefined;
  /** The folder in which `docker login` notes its logins. */
  readonly dockerConfig: string;
}

/**
 * Reads the environment once, at the edge of the program.
 *
 * @throws UserError for a proxy that is no URL
 */
// biome-ignore lint/style/noProcessEnv: the one place that reads the environment
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const result = schema.safeParse(variables);
  if (!result.success) {
    const name = result.error.issues[0]?.path.join('.');
    // The value is not repeated: it may hold a password.
    throw new UserError(
      `The variable ${name} is no address of a proxy.`,
      `Set it to one, such as ${name}=http://proxy.example:3128, or unset it.`,
    );
  }
  const parsed = result.data;
  const [firstKubeconfig] = (parsed.KUBECONFIG ?? '').split(delimiter);
  return {
    path: parsed.PATH,
    kubeconfig: firstKubeconfig || join(homedir(), '.kube', 'config'),
    certificateAuthorities: parsed.NODE_EXTRA_CA_CERTS || parsed.SSL_CERT_FILE,
    vagrantHome: parsed.VAGRANT_HOME,
    proxy: {
      http: parsed.http_proxy ?? parsed.HTTP_PROXY,
      https: parsed.https_proxy ?? parsed.HTTPS_PROXY,
      except: parsed.no_proxy ?? parsed.NO_PROXY,
    },
    awsProfile: parsed.AWS_PROFILE || undefined,
    dockerConfig: parsed.DOCKER_CONFIG || join(homedir(), '.docker'),
  };
}
