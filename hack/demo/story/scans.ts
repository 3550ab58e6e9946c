import { findCondition } from '../../../src/api/conditions.ts';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import { NAMESPACE, readSampleScan, SAMPLE } from '../scans.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import { formatColumns } from '../table.ts';

const NAME = 'nightly';

const when = async (stage: Stage, what: string, holds: (scan: ImageScan) => boolean): Promise<ImageScan> =>
  await until(`${NAMESPACE}/${NAME}: ${what}`, async () => {
    const scan = await stage.admin.get<ImageScan>(IMAGE_SCAN, NAME, NAMESPACE);
    return holds(scan) ? scan : undefined;
  });

const table = async (stage: Stage, screen: Screen): Promise<void> =>
  screen.command('kubectl get imagescans -A', await stage.kubectl.get(IMAGE_SCAN, { namespaces: true }));

export async function scanned(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('Running images are scanned');
  screen.say('Five pods run three images from two registries. Palisade has no credentials for the second registry.');
  await stage.scans.runPods(stage.admin);
  const { apiVersion, kind, metadata, spec } = await readSampleScan();
  const body = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec };
  await stage.admin.apply(IMAGE_SCAN, body, { fieldManager: 'kubectl', force: true });
  screen.command(`kubectl apply -f ${SAMPLE}`, `imagescan.security.palisade.dev/${NAME} created`);
  const { status } = await when(
    stage,
    'two images scanned, one not',
    (scan) => scan.status?.summary?.scanned === 2 && scan.status.summary.failed === 1,
  );
  await table(stage, screen);
  const { images, critical, high, fixable } = status?.summary ?? {};
  screen.check(
    'three images, each scanned once for all its pods: 1 critical and 2 high findings, 2 of the three with a fix',
    String([images, critical, high, fixable]) === '3,1,2,2',
  );
}

export async function finding(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('One finding, and its fix');
  const { status } = await when(stage, 'scanned', (scan) => scan.status?.summary?.scanned === 2);
  const worst = status?.findings?.[0];
  screen.command(`kubectl get iscan -n ${NAMESPACE} ${NAME} -o yaml | yq '.status.findings[0]'`, toLines(worst ?? {}));
  screen.check(
    'it names the package, the number of images, the time it was first seen, and the version that fixes it',
    worst?.id === 'CVE-2099-0001' && worst.images === 1 && worst.fixed === '3.0.17-1~deb12u3',
  );
  const advice = status?.images?.flatMap((image) => image.advice ?? []) ?? [];
  screen.command(
    `kubectl get iscan -n ${NAMESPACE} ${NAME} -o jsonpath='{range .status.images[*].advice[*]}{@}{"\\n"}{end}'`,
    advice.join('\n'),
  );
  screen.check(
    'status.images[].advice is the shortest list of upgrades that makes the image compliant',
    String(advice) === 'libssl3 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
  );
}

export async function failing(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('An image that cannot be scanned is a row with a reason');
  const { status } = await when(stage, 'one failed', (scan) => scan.status?.summary?.failed === 1);
  const row = status?.images?.find(({ state }) => state === 'Failed');
  screen.prose(
    `kubectl get iscan -n ${NAMESPACE} ${NAME} -o jsonpath='{.status.images[?(@.state=="Failed")].message}'`,
    row?.message ?? '',
  );
  screen.check('its reason is Unauthorized, and the message names the cure', row?.reason === 'Unauthorized');
  screen.check(
    'condition Stalled is True until a user acts, for kubectl wait, Argo CD and Flux',
    findCondition(status?.conditions, 'Stalled')?.reason === 'Unauthorized',
  );
}

export async function newDatabase(stage: Stage, screen: Screen): Promise<void> {
  screen.heading(
    'A new vulnerability database changes findings without another pull: one becomes Critical and gets a fix',
  );
  const pulls = async () => (await stage.scans.stage.registry.requests()).filter((r) => r.includes('/shop/')).length;
  const before = await pulls();
  await stage.scans.updateDatabase();
  const pushed = performance.now();
  await when(stage, 'a second critical finding', (scan) => scan.status?.summary?.critical === 2);
  const seconds = ((performance.now() - pushed) / 1000).toFixed(1);
  await table(stage, screen);
  screen.check(`${seconds} s after the database was published, the table shows the change`, true);
  screen.check(
    'both images were matched by their stored analyses, without a request to the registry',
    (await pulls()) === before,
  );
  const readNotes = async (): Promise<string[]> =>
    (
      await stage.list<KubeObject & { reason: string; note: string; regarding: { name: string } }>(
        KINDS.Event,
        NAMESPACE,
      )
    )
      .filter(({ regarding, reason }) => regarding.name === NAME && reason === 'NewCriticalFinding')
      .map(({ note }) => note);
  const notes = await until('the Event', async () => ((await readNotes()).length === 2 ? readNotes() : undefined));
  screen.command(
    `kubectl get events.events.k8s.io -n ${NAMESPACE} --field-selector reason=NewCriticalFinding \\\n` +
      '    -o custom-columns=REASON:.reason,NOTE:.note',
    formatColumns([['REASON', 'NOTE'], ...notes.map((note) => ['NewCriticalFinding', note])]),
  );
  screen.check('each new critical finding has exactly one Event', notes.includes('CVE-2099-0003 in zlib1g'));
}

const toLines = (object: object): string =>
  Object.entries(object)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
