/** A cause that a program's output names, and what a person does about it. */
interface KnownCause {
  readonly pattern: RegExp;
  readonly remedy: string;
}

const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    pattern: /no space left on device|ENOSPC|disk quota exceeded/i,
    remedy:
      'The disk is full. Make room (./orchestrator.sh doctor shows where and how much), then run the command again: what was finished is kept.',
  },
  {
    pattern:
      /no such host|network is unreachable|temporary failure (resolving|in name resolution)|ENOTFOUND|EAI_AGAIN|ENETUNREACH|could not resolve host|proxyconnect|i\/o timeout/i,
    remedy:
      'Something has to be downloaded, and the network or a registry can not be reached. Check the connection (and HTTPS_PROXY, if there is a proxy), then run the command again.',
  },
  {
    pattern: /certificate signed by unknown authority|SELF_SIGNED_CERT|unable to get local issuer/i,
    remedy:
      'A proxy opens TLS here. Point NODE_EXTRA_CA_CERTS and SSL_CERT_FILE to a file with its certificate authority, then run the command again.',
  },
  {
    pattern: /cannot connect to the docker daemon|is the docker daemon running|no usable default provider/i,
    remedy:
      'What the machines run on (the Docker engine, or the hypervisor) does not answer. ./orchestrator.sh doctor tells how to start it.',
  },
];

/** What to do about a failure whose text names a cause that is known, else `undefined`. */
export function findRemedy(text: string): string | undefined {
  return KNOWN_CAUSES.find(({ pattern }) => pattern.test(text))?.remedy;
}
