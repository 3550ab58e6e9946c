const WARNING = /\d{3} [^\s"]+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/g;

/**
 * The texts of a response's `Warning` headers (RFC 7234: `299 - "text"`), of which proxies join several by ', '. A comma or
 * a number inside a text does not split it, because each match eats its whole quoted string.
 */
export function parseWarnings(header: string | string[] = []): string[] {
  // undici decodes header bytes as latin1, the API server writes UTF-8.
  const text = Buffer.from([header].flat().join(', '), 'latin1').toString('utf8');
  return [...text.matchAll(WARNING)].map((match) => match[1]!.replace(/\\(.)/g, '$1'));
}
