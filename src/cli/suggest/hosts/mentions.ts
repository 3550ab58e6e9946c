import { hintOf, portBeside, type Setting } from './setting.ts';

/** The name or the address of a host, as a whole. */
export interface Mention {
  readonly host: string;
  readonly port?: number;
  /** Of the URL. */
  readonly scheme?: string;
  /**
   * Url, HostPort and ServiceName (as in db.data.svc) say by their form that they are hosts; of HostPort only if a Service has
   * that port. Named: by the key of the setting. Bare: nothing says it but that such a Service exists.
   */
  readonly form: 'Url' | 'HostPort' | 'ServiceName' | 'Named' | 'NamedWeakly' | 'Bare';
}

const NAME = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?';
const URL_START = /\b([A-Za-z][A-Za-z0-9+.-]*):\/\//g;
const HOST = new RegExp(String.raw`^(?:\[([0-9A-Fa-f:.]+)\]|(${NAME})\.?)(?::(\d{1,5}))?$`);
const HOST_PORT = new RegExp(
  String.raw`(?<![\w.\-/$%{]|\d:)(?:\[([0-9A-Fa-f:.]+)\]|(${NAME})\.?):(\d{1,5})(?![\w-]|[.:]\d)`,
  'g',
);
const SERVICE_NAME = /(?<![\w.$%{*-])((?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.){2,}svc(?:\.[a-z0-9-]+)*)\.?(?![\w-])/gi;
const WHOLE_NAME = new RegExp(String.raw`^${NAME}\.?$`);
/** Of clients on a command line, which name the port apart from the host. */
const CLIENTS = [
  new RegExp(
    String.raw`(?:^|[\s;&|(])(?:nc|ncat|netcat|telnet)\s+(?:-\w+\s+(?:\d+\s+)?)*(${NAME})\s+(\d{1,5})(?![\w.-])`,
    'g',
  ),
  new RegExp(String.raw`/dev/tcp/(${NAME})/(\d{1,5})(?![\w.-])`, 'g'),
];
const HOST_FLAG = new RegExp(
  String.raw`(?:^|\s)(?:-h|-H|--(?:[\w-]+-)?host(?:name)?)(?:\s+|=)["']?(${NAME})["']?(?=$|[\s;&|)])`,
  'g',
);
const PORT_FLAG = /(?:^|\s)(?:-p|-P|--(?:[\w-]+-)?port)(?:\s+|=)["']?(\d{1,5})(?![\w.-])/;

const withPort = (port: string | undefined): { port?: number } =>
  port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? { port: Number(port) } : {};

const hostOf = (text: string, form: Mention['form'], scheme?: string): Mention[] => {
  const [, v6, name, port] = HOST.exec(text) ?? [];
  const host = v6 ?? name;
  return host === undefined ? [] : [{ host, ...withPort(port), ...(scheme && { scheme: scheme.toLowerCase() }), form }];
};

/** A password may have any character but these; several hosts have commas between them. */
const authority = (text: string, start: number): string => /^[^/?#\s"'`<>]*/.exec(text.slice(start))?.[0] ?? '';

/** The text without what was found, so that no part of it counts again. */
const blank = (text: string, start: number, end: number): string =>
  text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);

const urls = (text: string): { found: Mention[]; rest: string } => {
  let rest = text;
  const found = [...text.matchAll(URL_START)].flatMap((match) => {
    const start = match.index + match[0].length;
    const whole = authority(text, start);
    rest = blank(rest, match.index, start + whole.length);
    const hosts = whole.slice(whole.lastIndexOf('@') + 1).split(/[;)}\\|]/, 1)[0] ?? '';
    return hosts.split(',').flatMap((host) => hostOf(host, 'Url', match[1]));
  });
  return { found, rest };
};

const hostPorts = (text: string): { found: Mention[]; rest: string } => {
  let rest = text;
  const found = [...text.matchAll(HOST_PORT)].flatMap((match): Mention[] => {
    rest = blank(rest, match.index, match.index + match[0].length);
    const [, v6, name, port] = match;
    return [{ host: v6 ?? name ?? '', ...withPort(port), form: 'HostPort' }];
  });
  return { found, rest };
};

const onCommandLine = (text: string): Mention[] => [
  ...CLIENTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, host = '', port]): Mention => ({ host, ...withPort(port), form: 'HostPort' })),
  ),
  ...[...text.matchAll(HOST_FLAG)].map(
    ([, host = '']): Mention => ({ host, ...withPort(PORT_FLAG.exec(text)?.[1]), form: 'Named' }),
  ),
];

/** The value as a whole, or as a list of hosts. */
const wholes = (setting: Setting): Mention[] => {
  const hint = hintOf(setting.key);
  const items = setting.value
    .trim()
    .split(/[,;\s]+/)
    .filter((item) => item !== '');
  if (hint === 'None') {
    const [only, ...more] = items;
    return only !== undefined && more.length === 0 && only.includes('.') && WHOLE_NAME.test(only)
      ? hostOf(only, 'Bare')
      : [];
  }
  if (!items.every((item) => HOST.test(item))) return [];
  const beside = portBeside(setting);
  return items
    .filter((item) => WHOLE_NAME.test(item))
    .flatMap((item) => hostOf(item, hint === 'Strong' ? 'Named' : 'NamedWeakly'))
    .map((mention) => ({ ...mention, ...(beside !== undefined && { port: beside }) }));
};

/** Hosts that a setting names. Which of them are Services is for the world to say. */
export const mentionsIn = (setting: Setting): Mention[] => {
  if (hintOf(setting.key) === 'Never') return [];
  const inUrls = urls(setting.value);
  const withPorts = hostPorts(inUrls.rest);
  const names = [...withPorts.rest.matchAll(SERVICE_NAME)].map(([, host = '']): Mention => {
    const beside = portBeside(setting);
    return { host, ...(beside !== undefined && { port: beside }), form: 'ServiceName' };
  });
  const isWhole = names.length === 0 && inUrls.found.length === 0;
  return [
    ...inUrls.found,
    ...withPorts.found,
    ...names,
    ...onCommandLine(setting.value),
    ...(isWhole ? wholes(setting) : []),
  ];
};
