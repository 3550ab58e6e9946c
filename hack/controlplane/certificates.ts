import 'reflect-metadata';
import { generateKeyPairSync, randomUUID, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Identity {
  certificate: string;
  key: string;
}

export interface Authority {
  certificate: string;
  serving(names: readonly string[]): Promise<Identity>;
  client(user: string, group?: string): Promise<Identity>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;
const year = 365 * 24 * hour;

/** A certificate authority for one control plane; its key never leaves this process. */
export async function createAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    // A client that trusts two authorities finds the right one by its name.
    name: `CN=palisade-test-ca-${randomUUID()}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = (subject: x509.JsonName, usage: string, more: x509.Extension[]) =>
    issueCertificate({ issuer: root, issuerKey: keys.privateKey, subject, usage, more });
  return {
    certificate: pem(root),
    serving: (names) =>
      issue([{ CN: ['palisade-test-apiserver'] }], x509.ExtendedKeyUsage.serverAuth, [
        new x509.SubjectAlternativeNameExtension(names.map(generalName)),
      ]),
    client: (user, group) =>
      issue(
        group === undefined ? [{ CN: [user] }] : [{ O: [group] }, { CN: [user] }],
        x509.ExtendedKeyUsage.clientAuth,
        [],
      ),
  };
}

/** The key that signs ServiceAccount tokens. */
export function createSigningKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}

interface Request {
  issuer: x509.X509Certificate;
  issuerKey: webcrypto.CryptoKey;
  subject: x509.JsonName;
  usage: string;
  more: x509.Extension[];
}

async function issueCertificate(request: Request): Promise<Identity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: request.subject,
    issuer: request.issuer.subject,
    publicKey: keys.publicKey,
    signingKey: request.issuerKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([request.usage]),
      ...request.more,
    ],
  });
  return { certificate: pem(certificate), key: await privateKeyPem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function validity() {
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + year) };
}

function generalName(name: string): x509.JsonGeneralName {
  return { type: /^[\d.]+$/.test(name) ? 'ip' : 'dns', value: name };
}
