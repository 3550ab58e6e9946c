import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseWarnings } from '../../../src/kube/rest/warnings.ts';

const rows: [what: string, header: string | string[] | undefined, texts: string[]][] = [
  ['no header', undefined, []],
  ['an empty header', '', []],
  ['one', '299 - "unknown field \\"nope\\""', ['unknown field "nope"']],
  [
    'Pod Security, two headers joined by a proxy',
    String.raw`299 - "existing pods in namespace \"psa\" violate the new PodSecurity enforce level \"restricted:latest\"", 299 - "plain-1 (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"`,
    [
      'existing pods in namespace "psa" violate the new PodSecurity enforce level "restricted:latest"',
      'plain-1 (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    ],
  ],
  ['a text that looks like a header', String.raw`299 - "a, 299 - \"b\"", 299 - "c"`, ['a, 299 - "b"', 'c']],
  ['a text that ends in a backslash', String.raw`299 - "a\\", 299 - "b"`, ['a\\', 'b']],
  ['a date after the text', '299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b"', ['a', 'b']],
  ['an agent with a name', '299 kube-apiserver "a"', ['a']],
  ['UTF-8, which undici reads as latin1', Buffer.from('299 - "größer"').toString('latin1'), ['größer']],
  ['two headers', ['299 - "a, b"', '299 - "c"'], ['a, b', 'c']],
  ['an empty text', '299 - ""', ['']],
  ['not a warning', 'nonsense', []],
];

for (const [what, header, texts] of rows) test(what, () => assert.equal(parseWarnings(header), texts));

test.run();
