import { MAX_LINE, printable, printableLines } from '../text/printable.ts';

/** Replaces a secret. */
const REDACTED = '[redacted]';

/** Names of fields that hold a secret, in lower case without separators. */
const SECRET_NAME =
  /(?:tokens?|password|passwd|passphrase|secret|authorization|cookie|apikey|privatekey|accesskey|accountkey|signature)$|^(?:auths?|credentials?|pwd|pass|clientkey(?:data)?|data|stringdata|dockercfg|dockerconfigjson|xregistryauth|kubectlkubernetesiolastappliedconfiguration)$/;

const isSecretName = (name: string): boolean => SECRET_NAME.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''));

/** Their values follow them in lists of headers and of arguments. */
const BEFORE_SECRET =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-registry-auth|--?[\w-]*(?:password|passwd|passphrase|secret|token|api-?key))$/i;

const NAME = String.raw`[\w.-]*(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|account[-_]?key|key-data|dockerconfigjson|dockercfg|authorization|cookie)|auth`;

/** The digest of an image is public, and identifies it in most lines. */
const DIGEST = '(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})(?![a-f0-9])';

/** Secrets inside a text, each with its replacement. Every pattern takes time linear in the text. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, REDACTED],
  // A header with all of its value, which may have several parts.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie|x-registry-auth)(\s*[:=]\s*)(?!["'\\\s])[^\r\n]+/gi, `$1$2${REDACTED}`],
  // The data of Secrets, and fields, in JSON that is part of a text, perhaps escaped.
  [/(?<!\\)(\\*["'])((?:string)?data)\1(\s*:\s*)\{[^{}]*\}?/gi, `$1$2$1$3"${REDACTED}"`],
  [
    new RegExp(String.raw`(?<!\\)(\\*["'])(${NAME})\1(\s*:\s*)(\\*["'])[^]*?(?:(?<!\\)\4|$)`, 'gi'),
    `$1$2$1$3$4${REDACTED}$4`,
  ],
  // The same in YAML, in variables and in flags; after a colon in a sentence only what looks like no word.
  [/(?<![\w.-])([\w.-]*(?:password|passwd|passphrase))(\s*[:=]\s*)(?!["'\\[])[^\s"'\\,;&]+/gi, `$1$2${REDACTED}`],
  [new RegExp(String.raw`(?<![\w.-])(${NAME})(\s*=\s*)(?!["'\\[])[^\s"'\\,;&]+`, 'gi'), `$1$2${REDACTED}`],
  [
    // A repository with such a name has a tag, perhaps, and a digest.
    new RegExp(
      String.raw`(?<![\w.-])(${NAME})(\s*:\s*)(?!["'\\[]|[\w.-]{1,128}@${DIGEST})(?=[^\s"'\\,;&]{0,255}[\d=])[^\s"'\\,;&]{8,}`,
      'gi',
    ),
    `$1$2${REDACTED}`,
  ],
  [/\b(Bearer|Basic|Negotiate)(\s+)(?!realm=|error=|auth|token\b|credentials?\b)[\w.~+/=-]+/gi, `$1$2${REDACTED}`],
  [new RegExp(String.raw`(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@(?!${DIGEST})`, 'gi'), `$1${REDACTED}@`],
  // Without a scheme; a digest follows the tag of an image, and precedes its platform.
  [
    new RegExp(String.raw`(?<![\w.:/@-])(?!${DIGEST}@)([\w.-]{1,64}:)[^\s/:@"'\\]+@(?!sha\d+:)`, 'gi'),
    `$1${REDACTED}@`,
  ],
  [/(?<![\w.-])(pwd|pass)(\s*=\s*)(?!["'\\[])[^\s"'\\,;&]+/gi, `$1$2${REDACTED}`],
  // Flags with their value as the next word.
  [
    /(?<![\w-])(--?[\w-]{0,64}(?:password|passwd|passphrase|secret|token|api-?key)\s+)(?!-)[^\s"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  [
    /([?&][\w.-]{0,64}(?:token|secret|password|passwd|signature|sig|credential|key|code|auth)[\w.-]{0,64}=)[^&\s"'#\\]+/gi,
    `$1${REDACTED}`,
  ],
  // JSON in base64, as the parts of a JWT and the docker configs of pull secrets are.
  [/(?<![\w+/-])eyJ[\w+/=-]{8,}(?:\.[\w+/=-]*)*/g, REDACTED],
];

/** Matches a part of everything that the names and patterns above match. Most lines have none, and cost one test. */
const SUSPECT =
  /pass|pwd|@|token|secret|auth|cookie|key|sig|credential|code|data|docker|last-applied|bearer|basic|negotiate|eyJ|:\/\//i;

/** Escapes of control and half characters, and characters that reorder or hide text: a log in text format shows them. */
const UNSAFE = /\\u(?:00|d[89a-f])|\\[bfnrt]|[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/iu;

/** Redacted before it is cut: half a secret has no mark of one. */
const redactText = (text: string): string => {
  const redacted = PATTERNS.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text);
  return printableLines(redacted.length > MAX_LINE ? `${redacted.slice(0, MAX_LINE).toWellFormed()}…` : redacted);
};

const redactList = (items: readonly unknown[]): unknown[] =>
  items.map((item, at) => {
    const before = items[at - 1];
    return typeof before === 'string' && BEFORE_SECRET.test(before) ? REDACTED : redactValue(item);
  });

const redactFields = (object: object): object => {
  const entries = Object.entries(object);
  const isNamedSecret = entries.some(
    ([key, value]) => key === 'name' && typeof value === 'string' && isSecretName(value),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const isSecret = isSecretName(key) || (key === 'value' && isNamedSecret);
      return [printable(key), isSecret && value !== null && typeof value !== 'boolean' ? REDACTED : redactValue(value)];
    }),
  );
};

const redactValue = (value: unknown): unknown => {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return redactList(value);
  return typeof value === 'object' && value !== null ? redactFields(value) : value;
};

/** A record of a log; its message is one line. */
const redactRecord = (record: object): object => {
  const redacted: { msg?: unknown } = redactFields(record);
  return typeof redacted.msg === 'string' ? { ...redacted, msg: printable(redacted.msg, MAX_LINE) } : redacted;
};

/**
 * A line of a log without secrets, and with texts that are bounded and safe to show. Secrets are found by the names of their
 * fields, however deep, and in texts by how they look: credentials of headers and URLs, tokens, private keys, docker configs.
 * @param line JSON, of an object
 */
export const redactLine = (line: string): string =>
  line.length > MAX_LINE || SUSPECT.test(line) || UNSAFE.test(line)
    ? `${JSON.stringify(redactRecord(JSON.parse(line)))}\n`
    : line;
