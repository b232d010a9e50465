import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const VALID_FOR_YEARS = 10;

/** A private key with a certificate that it signed itself, both in PEM. */
export interface KeyPair {
  readonly privateKey: string;
  readonly certificate: string;
}

/** What kind of key, and whom the certificate is for. */
export interface KeyPairOptions {
  readonly commonName: string;
  readonly algorithm: 'rsa-4096' | 'ecdsa-p256';
  /** Host names and IPv4 addresses that a TLS server answers at. */
  readonly names?: readonly x509.JsonGeneralName[];
}

const ALGORITHMS = {
  'rsa-4096': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 4096,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

/** Makes a key pair with a self-signed certificate, valid for ten years. */
export async function createKeyPair(options: KeyPairOptions): Promise<KeyPair> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = ALGORITHMS[options.algorithm];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notBefore = new Date();
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notBefore.getFullYear() + VALID_FOR_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${options.commonName}`,
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: algorithm,
    extensions: options.names ? [new x509.SubjectAlternativeNameExtension([...options.names])] : [],
  });
  const privateKey = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    privateKey: x509.PemConverter.encode(privateKey, 'PRIVATE KEY'),
    certificate: certificate.toString('pem'),
  };
}
