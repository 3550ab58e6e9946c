import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { faultsOf, type Known, sourceOf } from '../../../hack/rights/compare.ts';
import { known as exceptions } from '../../../hack/rights/known.ts';
import type { AuditedRequest } from '../../../hack/rights/request.ts';
import { findTestFiles } from '../../../hack/test/files.ts';

const role = 'ClusterRole palisade';
const rights = [
  { role, verb: 'list', group: '', resource: 'pods' },
  { role, verb: 'patch', group: 'security.palisade.dev', resource: 'imagescans/status' },
  {
    role: 'Role palisade-leader-election',
    verb: 'get',
    group: 'coordination.k8s.io',
    resource: 'leases',
    name: 'palisade',
  },
];
const by = { source: 'shared', agent: 'palisade', name: '', allowed: true };
const listPods: AuditedRequest = { ...by, verb: 'list', group: '', resource: 'pods' };
const status = { ...by, verb: 'patch', group: 'security.palisade.dev', resource: 'imagescans/status', name: 'nightly' };
const lease = { ...by, verb: 'get', group: 'coordination.k8s.io', resource: 'leases', name: 'palisade' };
const getSecret = { ...by, verb: 'get', group: '', resource: 'secrets', name: 'credentials' };
const all = [listPods, status, lease];
const known: Known = { operator: ['palisade'], others: {}, unseen: {}, refused: {} };

test('the comparison is empty where every right is used and every request covered', () => {
  assert.equal(faultsOf(rights, all, known), []);
});

test('an unused right is named with its role', () => {
  assert.equal(faultsOf(rights, [listPods], known), [
    'unused right of ClusterRole palisade: patch imagescans.security.palisade.dev/status',
    'unused right of Role palisade-leader-election: get leases.coordination.k8s.io palisade',
  ]);
});

test('a refused request uses no right', () => {
  assert.equal(faultsOf(rights, [status, lease, { ...listPods, allowed: false }], known), [
    'shared: refused though a role gives it: list pods',
    'unused right of ClusterRole palisade: list pods',
  ]);
});

test('a request for another name uses no right that has a name', () => {
  assert.equal(faultsOf(rights, [listPods, status, { ...lease, name: 'other' }], known), [
    'shared: missing right: get leases.coordination.k8s.io other',
    'unused right of Role palisade-leader-election: get leases.coordination.k8s.io palisade',
  ]);
});

test('a request that no role covers is missing a right, whether it was refused or allowed by other means', () => {
  for (const allowed of [true, false]) {
    assert.equal(faultsOf(rights, [...all, { ...getSecret, allowed }], known), [
      'shared: missing right: get secrets credentials',
    ]);
  }
});

test('refusals that a test expects are known by their source', () => {
  const refused = { ...listPods, source: 'delete', allowed: false };
  for (const text of ['delete: list pods', 'delete: *']) {
    assert.equal(faultsOf(rights, [...all, refused], { ...known, refused: { [text]: 'its rights are deleted' } }), []);
  }
  assert.equal(faultsOf(rights, [...all, refused], { ...known, refused: { 'shared: *': '' } }), [
    'delete: refused though a role gives it: list pods',
    'needs no exception, since it is never refused: shared: *',
  ]);
});

test('an exception of a file that did not run is no fault, and each exception names a file', async () => {
  assert.equal(faultsOf(rights, all, { ...known, refused: { 'delete: list pods': 'its rights are deleted' } }), []);
  const files = await findTestFiles(join(import.meta.dirname, '../../..'), [], 0);
  const sources = new Set(['shared', ...files.map(({ path }) => basename(path, '.test.ts'))]);
  for (const text of Object.keys(exceptions.refused)) assert.ok(sources.has(sourceOf(text)), text);
});

test('a right that no request can show is known by its name, as long as no request shows it', () => {
  const unseen = { 'list pods': 'asked for by a plugin' };
  assert.equal(faultsOf(rights, [status, lease], { ...known, unseen }), []);
  assert.equal(faultsOf(rights, all, { ...known, unseen }), [
    'needs no exception, since it is seen or is no right: list pods',
  ]);
});

test('every other user of the account must be known, and uses no right', () => {
  const stranger = { ...listPods, agent: 'curl' };
  const faults = ['unused right of ClusterRole palisade: list pods'];
  assert.equal(faultsOf(rights, [status, lease, stranger], known), [
    "shared: unknown agent curl has the operator's account",
    ...faults,
  ]);
  assert.equal(faultsOf(rights, [status, lease, stranger], { ...known, others: { curl: 'a thief' } }), faults);
});

test('a finding of many users is reported once', () => {
  assert.is(faultsOf(rights, [...all, getSecret, getSecret], known).length, 1);
});

test('of a part of the requests, only a missing right and a refusal are faults', () => {
  const others = { ...known, unseen: { 'list pods': 'by a plugin' }, refused: { 'other: *': '' } };
  assert.equal(faultsOf(rights, [listPods], others, { part: true }), []);
  assert.equal(faultsOf(rights, [{ ...status, allowed: false }, getSecret], others, { part: true }), [
    'shared: missing right: get secrets credentials',
    'shared: refused though a role gives it: patch imagescans.security.palisade.dev/status nightly',
  ]);
});

test.run();
