import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CachedNamespace } from '../../../src/policy/namespace.ts';
import { namespaceUnavailable } from '../../../src/policy/status/namespace-unavailable.ts';

const namespace = (deletionTimestamp?: string): CachedNamespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', ...(deletionTimestamp && { deletionTimestamp }) },
  labels: new Map(),
  records: new Map(),
});

const waiting = (reason: string, message: string) => ({ section: 'Images', state: 'Waiting', reason, message });

const rows: [what: string, seen: CachedNamespace | undefined, outcome: object | undefined][] = [
  ['is there', namespace(), undefined],
  ['was not seen yet', undefined, waiting('NamespaceUnknown', 'namespace a is not known yet')],
  ['is going', namespace('2026-11-24T12:00:00Z'), waiting('NamespaceTerminating', 'namespace a is being deleted')],
];

for (const [what, seen, outcome] of rows) {
  test(`a namespace that ${what}`, () => assert.equal(namespaceUnavailable('Images', 'a', seen), outcome));
}

test.run();
