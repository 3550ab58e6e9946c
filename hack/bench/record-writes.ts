/** Loaded into an operator by `--import`: appends every write that it sends to the file PALISADE_BENCH_WRITES, a JSON line each. */
import diagnostics from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

interface Sent {
  request: { method: string; path: string; headers: string[] };
}

const file = process.env.PALISADE_BENCH_WRITES ?? '';
const bodies = new Map<object, string>();

diagnostics.subscribe('undici:request:bodyChunkSent', (message) => {
  const { request, chunk } = message as Sent & { chunk: Uint8Array };
  bodies.set(request, (bodies.get(request) ?? '') + Buffer.from(chunk).toString());
});
diagnostics.subscribe('undici:request:bodySent', (message) => {
  const { request } = message as Sent;
  const { method, path, headers } = request;
  if (method === 'GET') return;
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'content-type');
  const write = { method, path, contentType: headers[at + 1], body: bodies.get(request) ?? '' };
  bodies.delete(request);
  appendFileSync(file, `${JSON.stringify(write)}\n`);
});
