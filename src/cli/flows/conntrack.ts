import { addressOf, isLocal, portOf, protocolOf, reading, UnreadableRecord } from './fields.ts';
import type { ReadRecord } from './observed.ts';

type Tuple = Readonly<Record<string, string>>;

/** The original direction, and that of the replies, which has the addresses after their translation. */
const tuplesOf = (tokens: readonly string[]): [original: Tuple, reply: Tuple] => {
  const tuples: Record<string, string>[] = [];
  for (const token of tokens) {
    const at = token.indexOf('=');
    if (at < 0) continue;
    const key = token.slice(0, at);
    if (key === 'src') tuples.push({});
    const tuple = tuples.at(-1);
    if (tuple !== undefined) tuple[key] ??= token.slice(at + 1);
  }
  const [original, reply] = tuples;
  if (original?.dst === undefined || reply?.dst === undefined)
    throw new UnreadableRecord('the entry is cut off: it has not both directions');
  return [original, reply];
};

/** The name may be `unknown`: the number of the protocol follows it. `-o extended` begins with the network layer. */
const protocolIn = (tokens: readonly string[]) => {
  const [name = '', number = ''] = tokens[0] === 'ipv4' || tokens[0] === 'ipv6' ? tokens.slice(2) : tokens;
  return protocolOf(name) ?? protocolOf(number);
};

const toRecord = (line: string): ReadRecord => {
  // `conntrack -E` begins with the event.
  const tokens = line
    .replace(/^(\s*\[[^\]]*\])+/, '')
    .trim()
    .split(/\s+/);
  const [original, reply] = tuplesOf(tokens);
  const protocol = protocolIn(tokens);
  if (protocol === undefined) return { skipped: 'Protocol' };
  // A datagram needs no answer.
  if (tokens.includes('[UNREPLIED]') && protocol !== 'UDP') return { skipped: 'Unanswered' };
  const port = portOf(reply.sport, 'sport of the reply');
  if (port === undefined) throw new UnreadableRecord('the entry has no ports');
  const source = { address: addressOf(original.src, 'src')! };
  const destination = { address: addressOf(reply.src, 'src of the reply')! };
  if (isLocal(source, destination)) return { skipped: 'Local' };
  return { flow: { source, destination, port, protocol, verdict: 'Forwarded', count: 1 } };
};

/** Reads a line of `conntrack -L`, with or without `-o extended`, or of /proc/net/nf_conntrack. */
export const readConntrack = (line: string): ReadRecord => {
  if (/^conntrack v[\d.]+ /.test(line)) return { skipped: 'OtherEvent' };
  return /\bsrc=\S* dst=/.test(line) ? reading(() => toRecord(line)) : undefined;
};
