import { Yielder } from '../../../kube/yielder.ts';
import { ScanError } from '../../scan-error.ts';
import { canonicalOrder, type Vertex } from './canonical-order.ts';

interface Component {
  readonly 'bom-ref'?: string;
  readonly [field: string]: unknown;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** The parts of a CycloneDX document that are read here. */
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
 * @returns the subject of the SBOM, for messages
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
    throw new ScanError('ScannerFailed', `${what}: its SBOM is not JSON (${(cause as Error).message})`, { cause });
  }
  if (bom?.bomFormat !== 'CycloneDX') {
    throw new ScanError('ScannerFailed', `${what}: its SBOM is not CycloneDX JSON: bomFormat is missing`);
  }
  return bom;
}

/**
 * Removes what differs between two runs of Trivy (serial number, time, random references), so that the same image
 * always gives the same bytes.
 * @param name of the image, for readers of the SBOM
 * @throws ScanError when it is no CycloneDX JSON
 */
export async function normalizeSbom(sbom: Buffer, name: string, what: string, mostBytes: number): Promise<Buffer> {
  const { serialNumber: _, metadata, components = [], dependencies = [], ...rest } = parseSbom(sbom, what, mostBytes);
  const { timestamp: __, component: root, ...about } = metadata ?? {};
  const named = root === undefined ? undefined : { ...root, name };
  const yielder = new Yielder();
  await yielder.pause();
  const refs = await stableRefs([...(named === undefined ? [] : [named]), ...components], dependencies, yielder);
  const refOf = (ref: string) => refs.get(ref) ?? ref;
  const renamed = <T extends Component>(component: T): T =>
    component['bom-ref'] === undefined ? component : { ...component, 'bom-ref': refOf(component['bom-ref']) };
  const edges = [];
  for (const { ref, dependsOn = [] } of dependencies) {
    edges.push({ ref: refOf(ref), dependsOn: dependsOn.map(refOf).sort() });
    if (yielder.shouldYield(dependsOn.length + 1)) await yielder.pause();
  }
  const normal = {
    ...rest,
    metadata: { ...about, ...(named === undefined ? {} : { component: renamed(named) }) },
    components: components.map(renamed).sort(by((one) => one['bom-ref'] ?? '')),
    dependencies: edges.sort(by((one) => one.ref)),
  };
  await yielder.pause();
  return Buffer.from(JSON.stringify(normal));
}

const by =
  <T>(key: (one: T) => string) =>
  (a: T, b: T): number => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };

/**
 * Names for the components whose reference Trivy drew at random: by their content and their dependencies, since
 * components may be equal in all but that, as the same library in two programs.
 */
async function stableRefs(
  components: readonly Component[],
  dependencies: readonly Dependency[],
  yielder: Yielder,
): Promise<Map<string, string>> {
  const indices = new Map<string, number>();
  const vertices: Vertex[] = [];
  const indexOf = (ref: string, color: string): number => {
    const known = indices.get(ref);
    if (known !== undefined) return known;
    indices.set(ref, vertices.length);
    return vertices.push({ color, above: [], below: [] }) - 1;
  };
  const random = new Map<string, number>();
  for (const { 'bom-ref': ref = '', ...content } of components) {
    if (UUID.test(ref)) random.set(ref, indexOf(ref, JSON.stringify(content)));
    if (yielder.shouldYield(1)) await yielder.pause();
  }
  for (const { ref, dependsOn = [] } of dependencies) {
    const above = indexOf(ref, ref);
    for (const dependency of dependsOn) {
      const below = indexOf(dependency, dependency);
      vertices[above]!.below.push(below);
      vertices[below]!.above.push(above);
    }
    if (yielder.shouldYield(dependsOn.length + 1)) await yielder.pause();
  }
  const places = await canonicalOrder(vertices, yielder);
  const ordered = [...random].sort(([, a], [, b]) => places[a]! - places[b]!);
  return new Map(ordered.map(([ref], index) => [ref, `component-${index + 1}`]));
}
