import { createHash } from 'node:crypto';
import { ScanError } from '../failure.ts';

interface Component {
  readonly 'bom-ref'?: string;
  readonly [field: string]: unknown;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** The parts of a CycloneDX document that are looked at here. */
interface Bom {
  readonly bomFormat?: unknown;
  readonly metadata?: { readonly component?: Component; readonly [field: string]: unknown };
  readonly components?: readonly Component[];
  readonly dependencies?: readonly Dependency[];
  readonly [field: string]: unknown;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * @returns for people: what it is the SBOM of
 * @throws ScanError when it is no CycloneDX JSON, or larger than `mostBytes`
 */
export function checkSbom(sbom: Buffer, mostBytes: number): string {
  const name = parseSbom(sbom, 'an image', mostBytes).metadata?.component?.name;
  return typeof name === 'string' && DIGEST.test(name) ? name : 'an image';
}

function parseSbom(sbom: Buffer, what: string, mostBytes: number): Bom {
  if (sbom.length > mostBytes) {
    throw new ScanError('TooLarge', `${what}: its SBOM is larger than ${Math.ceil(mostBytes / 2 ** 20)} MiB`);
  }
  let bom: Bom | null;
  try {
    bom = JSON.parse(sbom.toString());
  } catch (cause) {
    throw new ScanError('ScannerFailed', `${what}: its SBOM is no JSON (${(cause as Error).message})`, { cause });
  }
  if (bom?.bomFormat !== 'CycloneDX') {
    throw new ScanError('ScannerFailed', `${what}: its SBOM is no CycloneDX JSON: bomFormat is missing`);
  }
  return bom;
}

/**
 * Takes out of Trivy's SBOM what differs between two runs (serial number, time, random references), so that the same
 * image always gives the same bytes.
 * @param name of the image, for whoever reads the SBOM
 * @throws ScanError when it is no CycloneDX JSON
 */
export function normaliseSbom(sbom: Buffer, name: string, what: string, mostBytes: number): Buffer {
  const { serialNumber: _, metadata, components = [], dependencies = [], ...rest } = parseSbom(sbom, what, mostBytes);
  const { timestamp: __, component: root, ...about } = metadata ?? {};
  const named = root === undefined ? undefined : { ...root, name };
  const refs = stableRefs([...(named === undefined ? [] : [named]), ...components], dependencies);
  const refOf = (ref: string) => refs.get(ref) ?? ref;
  const renamed = <T extends Component>(component: T): T =>
    component['bom-ref'] === undefined ? component : { ...component, 'bom-ref': refOf(component['bom-ref']) };
  return Buffer.from(
    JSON.stringify({
      ...rest,
      metadata: { ...about, ...(named === undefined ? {} : { component: renamed(named) }) },
      components: components.map(renamed).sort(by((one) => one['bom-ref'] ?? '')),
      dependencies: dependencies
        .map(({ ref, dependsOn = [] }) => ({ ref: refOf(ref), dependsOn: dependsOn.map(refOf).sort() }))
        .sort(by((one) => one.ref)),
    }),
  );
}

const by =
  <T>(key: (one: T) => string) =>
  (a: T, b: T): number => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };

/**
 * Names for the components whose reference Trivy drew at random: from what they are and what they are connected with.
 * Components may be equal in all but that: the same library in two programs.
 */
function stableRefs(components: readonly Component[], dependencies: readonly Dependency[]): Map<string, string> {
  const random = components.filter((one) => UUID.test(one['bom-ref'] ?? ''));
  const colours = new Map<string, string>();
  for (const { 'bom-ref': ref = '', ...content } of components) {
    colours.set(ref, UUID.test(ref) ? hash(JSON.stringify(content)) : ref);
  }
  const neighbours = neighboursOf(dependencies);
  for (let before = 0, now = distinct(colours); now > before; before = now, now = distinct(colours)) {
    const old = new Map(colours);
    const colourOf = (ref: string) => old.get(ref) ?? ref;
    for (const { 'bom-ref': ref = '' } of random) {
      const { above = [], below = [] } = neighbours.get(ref) ?? {};
      const around = [colourOf(ref), above.map(colourOf).sort(), below.map(colourOf).sort()];
      colours.set(ref, hash(JSON.stringify(around)));
    }
  }
  return numbered(random, colours);
}

const distinct = (colours: ReadonlyMap<string, string>): number => new Set(colours.values()).size;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

function neighboursOf(dependencies: readonly Dependency[]) {
  const neighbours = new Map<string, { readonly above: string[]; readonly below: string[] }>();
  const of = (ref: string) => {
    const one = neighbours.get(ref) ?? { above: [], below: [] };
    neighbours.set(ref, one);
    return one;
  };
  for (const { ref, dependsOn = [] } of dependencies) {
    for (const below of dependsOn) {
      of(ref).below.push(below);
      of(below).above.push(ref);
    }
  }
  return neighbours;
}

/** Components that nothing tells apart get numbers: which of them gets which changes nothing. */
function numbered(random: readonly Component[], colours: ReadonlyMap<string, string>): Map<string, string> {
  const counts = new Map<string, number>();
  const refs = new Map<string, string>();
  for (const { 'bom-ref': ref = '' } of random) {
    const colour = colours.get(ref) ?? '';
    const number = (counts.get(colour) ?? 0) + 1;
    counts.set(colour, number);
    refs.set(ref, `component-${colour}${number > 1 ? `-${number}` : ''}`);
  }
  return refs;
}
