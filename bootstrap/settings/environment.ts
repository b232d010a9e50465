import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  KUBECONFIG: z.string().optional(),
  /** Where a company's own certificate authorities are, for networks whose proxy opens TLS. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  SSL_CERT_FILE: z.string().optional(),
  /** Where Vagrant keeps what belongs to the user. */
  VAGRANT_HOME: z.string().optional(),
  /** Where Docker's command line keeps what belongs to the user. */
  DOCKER_CONFIG: z.string().optional(),
});

/** What this program takes from its environment; nothing else reads it. */
export interface Environment {
  readonly path: string;
  /** The kubeconfig that contexts are merged into: the first of $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig: string;
  /** A file of certificate authorities that programs in image builds must trust, too. */
  readonly certificateAuthorities: string | undefined;
  readonly vagrantHome: string | undefined;
  /** The folder in which `docker login` notes its logins. */
  readonly dockerConfig: string;
}

/** Reads the environment once, at the edge of the program. */
// biome-ignore lint/style/noProcessEnv: the one place that reads the environment
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const parsed = schema.parse(variables);
  const [firstKubeconfig] = (parsed.KUBECONFIG ?? '').split(delimiter);
  return {
    path: parsed.PATH,
    kubeconfig: firstKubeconfig || join(homedir(), '.kube', 'config'),
    certificateAuthorities: parsed.NODE_EXTRA_CA_CERTS || parsed.SSL_CERT_FILE,
    vagrantHome: parsed.VAGRANT_HOME,
    dockerConfig: parsed.DOCKER_CONFIG || join(homedir(), '.docker'),
  };
}
