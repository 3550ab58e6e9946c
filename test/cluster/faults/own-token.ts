import { createPrivateKey, sign } from 'node:crypto';

export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

const ISSUER = 'https://kubernetes.default.svc';
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A bound token as the API server would sign it, but one that may end sooner than the ten minutes that it gives at least.
 * @param key PEM of the control plane's key for ServiceAccounts
 */
export const ownToken = (key: string, { namespace, name, uid }: Account, expiresAt: Date): string => {
  const [now, exp] = [Date.now(), expiresAt.getTime()].map((ms) => Math.floor(ms / 1000));
  const privateKey = createPrivateKey(key);
  const isElliptic = privateKey.asymmetricKeyType === 'ec';
  const head = base64({ alg: isElliptic ? 'ES256' : 'RS256', typ: 'JWT' });
  const claims = {
    iss: ISSUER,
    aud: [ISSUER],
    sub: `system:serviceaccount:${namespace}:${name}`,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
  };
  const content = `${head}.${base64({ ...claims, iat: now, nbf: now, exp })}`;
  const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${content}.${signature.toString('base64url')}`;
};
