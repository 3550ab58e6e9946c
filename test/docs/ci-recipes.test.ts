// suite: tools
// needs: scanner
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../hack/images/image.ts';
import { push } from '../../hack/images/push.ts';
import { openScanStage } from '../../hack/scan-stage.ts';
import { pushDatabase } from '../../hack/trivydb/database.ts';
import { HARMLESS, hoursAgo, VULNERABLE } from '../harness/scans.ts';
import { sarifValidator } from '../scan/report/schemas.ts';
import { type Machine, openMachine, recipe, run } from './pipeline.ts';

// The pipelines of docs/ci.md that scan images.

const account = { username: 'robot', password: 'sesame' };
const stage = await openScanStage({ updatedAt: hoursAgo(2) });
const registry = await stage.privateRegistry(account);
const database = await pushDatabase(stage.registry, stage.database);
const directory = await mkdtemp(join(tmpdir(), 'palisade-ci-'));
const digests = {
  vulnerable: await push(registry, 'team/app', await image({ layers: [VULNERABLE] }), 'vulnerable'),
  harmless: await push(registry, 'team/app', await image({ layers: [HARMLESS] }), 'harmless'),
};

const test = suite('the pipelines of docs/ci.md that scan images');
test.after(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A checkout of somebody's repository, on a machine with docker. */
const checkout = async (name: string): Promise<Machine> => {
  const machine = await openMachine(join(directory, name), {
    PALISADE_TRIVY: stage.trivy,
    PALISADE_ALLOWED_REGISTRIES: registry.host,
    PALISADE_TRIVY_DB_REPOSITORY: database,
  });
  const imageScan = {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ImageScan',
    metadata: { name: 'nightly', namespace: 'warehouse' },
    spec: { failOn: 'Critical' },
  };
  await writeFile(join(machine.work, 'imagescan.yaml'), JSON.stringify(imageScan));
  return machine;
};

test('GitHub Actions: a vulnerable image ends the step with 3, and code scanning gets a valid file', async () => {
  const { jobs } = await recipe('GitHub Actions');
  const { steps, env } = jobs.scan;
  assert.equal(Object.keys(env), ['IMAGE']);
  const machine = await checkout('github');
  // As docker/login-action leaves it.
  await mkdir(join(machine.home, '.docker'));
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(join(machine.home, '.docker/config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const [step, ...others] = steps.filter((one: { run?: string }) => one.run !== undefined);
  assert.equal(others, []);
  const variables = { IMAGE: `${registry.host}/team/app@${digests.vulnerable}` };
  const ended = await run(['bash', '-eo', 'pipefail', '-c'], step.run, machine, variables);
  assert.is(ended.status, 3, ended.stderr);
  const withOf = (action: string) => steps.find((one: { uses?: string }) => one.uses?.includes(action)).with;
  const sarif = JSON.parse(await readFile(join(machine.work, withOf('upload-sarif').sarif_file), 'utf8'));
  assert.is(await (await sarifValidator())(sarif), '');
  assert.ok(sarif.runs[0].results.length > 0);
  assert.equal(await readdir(join(machine.work, withOf('actions/cache').path)), ['database']);
});

test('GitLab CI: a harmless image ends the job with 0', async () => {
  const { scan } = await recipe('GitLab CI');
  const machine = await checkout('gitlab');
  const ended = await run(['sh', '-ec'], scan.script.join('\n'), machine, {
    CI_REGISTRY: registry.host,
    CI_REGISTRY_USER: account.username,
    CI_REGISTRY_PASSWORD: account.password,
    CI_REGISTRY_IMAGE: `${registry.host}/team/app`,
    CI_COMMIT_SHA: 'harmless',
  });
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /^ImageScan warehouse\/nightly: compliant /);
  assert.equal(await readdir(join(machine.work, scan.cache.paths[0])), ['database']);
});

test('GitLab CI: a policy that breaks an expectation ends the job with 1, and leaves a report', async () => {
  const job = (await recipe('Testing what must stay true'))['policy-test'];
  const machine = await checkout('policy-test');
  const [apiVersion, namespace] = ['security.palisade.dev/v1alpha1', 'warehouse'];
  const policy = { apiVersion, kind: 'ContainerSecurityPolicy', metadata: { name: 'shop', namespace }, spec: {} };
  const images = [{ image: 'nginx', allowed: false }];
  const expected = { apiVersion, kind: 'PolicyTest', metadata: { name: 'shop', namespace }, spec: { images } };
  for (const folder of ['tests', 'manifests']) await mkdir(join(machine.work, folder));
  await writeFile(join(machine.work, 'tests/shop.json'), JSON.stringify(expected));
  const runWith = async (spec: object) => {
    await writeFile(join(machine.work, 'manifests/policy.json'), JSON.stringify({ ...policy, spec }));
    return await run(['sh', '-ec'], job.script.join('\n'), machine, {});
  };
  const broken = await runWith({ images: { requireDigest: false, allowed: ['docker.io/*'], onViolation: 'Enforce' } });
  assert.is(broken.status, 1, broken.stderr);
  const report = await readFile(join(machine.work, job.artifacts.reports.junit), 'utf8');
  assert.match(report, /<testsuites name="palisade test" tests="1" failures="1" errors="0">/);
  const kept = await runWith({ images: { allowed: ['registry.example.com/*'], onViolation: 'Enforce' } });
  assert.is(kept.status, 0, kept.stderr);
});

test.run();
