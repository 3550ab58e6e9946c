// needs: scanner
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { artifact } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import { startRegistry } from '../../../hack/registry/start.ts';
import { findScanParts } from '../../../hack/scan-parts.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { type EnrichmentPlace, EnrichmentSource } from '../../../src/scan/enrichment/enrichment-source.ts';
import { parseEnrichmentPlace } from '../../../src/scan/enrichment/place.ts';
import { enriched } from '../../../src/scan/findings/enrichment.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { ComputeThread } from '../../../src/scan/threads/compute.ts';
import { known } from '../findings/known-finding.ts';

const directory = await mkdtemp(join(tmpdir(), 'palisade-enrichment-'));
const compute = new ComputeThread();
const registry = await startRegistry({ binary: (await findScanParts()).registry });
const client = new RegistryClient({ allowedRegistries: [registry.host], clock: systemClock });
test.after(async () => {
  await Promise.all([compute.close(), client.close(), registry.stop()]);
  await rm(directory, { recursive: true });
});

const { signal } = new AbortController();
const sourceOf = (place: EnrichmentPlace) => new EnrichmentSource({ place, client, compute: compute.run });
const facts = (source: EnrichmentSource) => {
  const [one] = enriched([known({ id: 'CVE-2021-44228' })], source.current());
  return [one?.epss, one?.knownExploited];
};

const csv = (score: string) => gzipSync(`#model_version:x\ncve,epss,percentile\nCVE-2021-44228,${score},0.9\n`);
const KEV = JSON.stringify({ vulnerabilities: [{ cveID: 'CVE-2021-44228' }] });
const [EPSS_FILE, KEV_FILE] = ['epss_scores-current.csv.gz', 'known_exploited_vulnerabilities.json'] as const;
const refresh = (source: EnrichmentSource) => source.refresh(signal).then(String, (error: Error) => error.message);

test('a directory with the public files is read, and again when they change; of a broken one, what was read last', async () => {
  const source = sourceOf({ path: directory });
  let changes = 0;
  source.subscribe(() => {
    changes += 1;
  });
  assert.match(
    await refresh(source),
    /^--enrichment .*neither of the two files is there; findings have no EPSS and KEV: put/,
  );
  await writeFile(join(directory, EPSS_FILE), csv('0.94358'));
  assert.is(await refresh(source), 'true');
  assert.equal(facts(source), [0.94358, undefined]);
  assert.is(await refresh(source), 'false');
  await writeFile(join(directory, KEV_FILE), KEV);
  assert.is(await refresh(source), 'true');
  assert.equal(facts(source), [0.94358, true]);
  await writeFile(join(directory, EPSS_FILE), csv('nothing'));
  assert.match(
    await refresh(source),
    /the file of EPSS has the row CVE-2021-44228,nothing,0.9; what was read last stays in use/,
  );
  await writeFile(join(directory, EPSS_FILE), gzipSync(Buffer.alloc(129 * 2 ** 20)));
  assert.match(await refresh(source), /; what was read last stays in use/);
  assert.equal(facts(source), [0.94358, true]);
  assert.is(changes, 2);
});

for (const [broken, other, facts_] of [
  [EPSS_FILE, KEV_FILE, [undefined, true]],
  [KEV_FILE, EPSS_FILE, [0.5, undefined]],
] as const) {
  for (const [what, breakIt, why] of [
    ['is garbage', (path: string) => writeFile(path, 'garbage'), broken === EPSS_FILE ? 'has no columns' : 'garbage'],
    ['cannot be opened', (path: string) => mkdir(path), 'EISDIR'],
  ] as const) {
    test(`${broken} ${what}: the other file is used, and the message names the broken one and the cure`, async () => {
      const path = await mkdtemp(join(directory, 'one-'));
      const source = sourceOf({ path });
      let changes = 0;
      source.subscribe(() => {
        changes += 1;
      });
      await breakIt(join(path, broken));
      await writeFile(join(path, other), other === KEV_FILE ? KEV : csv('0.5'));
      for (let i = 0; i < 2; i += 1) {
        const message = await refresh(source);
        assert.ok(message.startsWith(`--enrichment ${path}: ${broken} cannot be used: `), message);
        assert.match(message, why);
        assert.ok(message.endsWith(`: put the public file ${broken} there`), message);
        assert.not.match(message, other);
        assert.equal(facts(source), facts_);
      }
      assert.is(changes, 1);
      await rm(join(path, broken), { recursive: true });
      await writeFile(join(path, broken), broken === KEV_FILE ? KEV : csv('0.5'));
      assert.is(await refresh(source), 'true');
      assert.equal(facts(source), [0.5, true]);
      await writeFile(join(path, broken), 'garbage');
      await writeFile(join(path, other), other === KEV_FILE ? '{"vulnerabilities":[]}' : csv('0.25'));
      assert.match(await refresh(source), '; what was read last stays in use: put');
      assert.equal(facts(source), other === KEV_FILE ? [0.5, undefined] : [0.25, true], 'the other one is the new one');
    });
  }
}

test('two broken files are named both, and none is used', async () => {
  const path = await mkdtemp(join(directory, 'both-'));
  const source = sourceOf({ path });
  for (const name of [EPSS_FILE, KEV_FILE]) await writeFile(join(path, name), 'garbage');
  assert.match(
    await refresh(source),
    /: epss_scores-current\.csv\.gz cannot be used: .*; findings have no EPSS: .*\. known_exploited_vulnerabilities\.json cannot be used: .*; it is not known which vulnerabilities are exploited: put /,
  );
  assert.is(source.current(), undefined);
});

test('one of the files alone', async () => {
  const source = sourceOf({ path: join(directory, KEV_FILE) });
  assert.is(await source.refresh(signal), true);
  assert.equal(facts(source), [undefined, true]);
});

test('an artifact of a registry', async () => {
  const layer = (title: string, data: Buffer) =>
    artifact({
      artifactType: 'application/vnd.example.enrichment',
      mediaType: 'application/octet-stream',
      title,
      data,
    });
  const source = sourceOf(parseEnrichmentPlace(`${registry.host}/security/enrichment:1`));
  await push(registry, 'security/enrichment', layer(EPSS_FILE, csv('0.5')), '1');
  assert.is(await source.refresh(signal), true);
  assert.equal(facts(source), [0.5, undefined]);
  assert.is(await source.refresh(signal), false);
  await push(registry, 'security/enrichment', layer(KEV_FILE, Buffer.from(KEV)), '1');
  assert.is(await source.refresh(signal), true);
  assert.equal(facts(source), [undefined, true]);
  const [mediaType, kev] = ['application/octet-stream', Buffer.from(KEV)];
  const twice = artifact({
    ...{ artifactType: 'application/vnd.example.enrichment', mediaType, title: EPSS_FILE, data: csv('0.75') },
    more: [
      { mediaType, title: KEV_FILE, data: kev },
      { mediaType, title: KEV_FILE, data: Buffer.from(`${KEV}\n`) },
    ],
  });
  await push(registry, 'security/half', twice, '1');
  const half = sourceOf(parseEnrichmentPlace(`${registry.host}/security/half:1`));
  assert.match(
    await refresh(half),
    `${KEV_FILE} cannot be used: the artifact has several layers of this title; it is not`,
  );
  assert.equal(facts(half), [0.75, undefined]);
  await push(registry, 'security/enrichment', layer('other.txt', Buffer.from('x')), '1');
  assert.match(
    await refresh(source),
    /^--enrichment 127\.0\.0\.1:\d+\/security\/enrichment:1: neither of the two files is there/,
  );
});

test.run();
