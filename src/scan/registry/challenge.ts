/** The authentication that a registry asks for, as in `Bearer realm="https://auth.example.com/token",service="registry"`. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  readonly realm?: string;
  readonly service?: string;
}

const LONGEST = 8192;
const SEPARATORS = /^[\s,]+/;
const PARAMETER = /^([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;
const SCHEME = /^[\w-]+(?=[\s,]|$)/;
const TO_NEXT = /^[^,]*/;

interface Reading {
  scheme: string;
  realm?: string;
  service?: string;
}

const take = (challenge: Reading, [, name = '', quoted, token]: RegExpExecArray): void => {
  const key = name.toLowerCase();
  if (key !== 'realm' && key !== 'service') return;
  challenge[key] ??= quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
};

/** Reads WWW-Authenticate (RFC 9110 §11.6.1), also several challenges in one header; skips what it cannot read. */
export const parseChallenges = (header: string): Challenge[] => {
  const challenges: Reading[] = [];
  let rest = header.slice(0, LONGEST).replace(SEPARATORS, '');
  while (rest !== '') {
    const current = challenges.at(-1);
    const parameter = PARAMETER.exec(rest);
    const scheme = SCHEME.exec(rest);
    if (current !== undefined && parameter !== null) take(current, parameter);
    else if (scheme !== null) challenges.push({ scheme: scheme[0].toLowerCase() });
    const read = parameter ?? scheme ?? TO_NEXT.exec(rest);
    rest = rest.slice(read?.[0].length).replace(SEPARATORS, '');
  }
  return challenges;
};
