import { type Address, parseAddress } from './address-block.ts';
import type { LabelSets } from './label-sets.ts';
import type { PodClass } from './party.ts';
import type { Blocks } from './peers.ts';
import type { ContainerPort, ReachPod } from './world.ts';

/** Sorts pods into classes; also pods that are not in the world. */
export class PodClasses {
  readonly #sets: LabelSets;
  readonly #blocks: Blocks;
  readonly #byKey = new Map<string, PodClass>();
  readonly #byPod = new Map<ReachPod, PodClass>();

  /** @param blocks of all policies: one that is added later would not be asked */
  constructor(sets: LabelSets, blocks: Blocks) {
    this.#sets = sets;
    this.#blocks = blocks;
  }

  get all(): PodClass[] {
    return [...this.#byKey.values()];
  }

  of(pod: ReachPod): PodClass {
    const known = this.#byPod.get(pod);
    if (known !== undefined) return known;
    const found = this.#classify(pod);
    this.#byPod.set(pod, found);
    return found;
  }

  #classify({ namespace, labels, ports, addresses, state, hostNetwork = false }: ReachPod): PodClass {
    const set = this.#sets.of(labels);
    const blocks = addresses?.length ? this.#blocks.of(addresses.map(parseAddress).filter(isKnown)) : undefined;
    const distinct = [...new Map(ports.map((p) => [portKey(p), p]))].sort();
    const finished = state === 'Finished';
    const where = blocks && [...blocks];
    const key = JSON.stringify([namespace, set.id, distinct.map(([id]) => id), hostNetwork, finished, where]);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made = {
      ...{ index: this.#byKey.size, namespace, labels: set, ports: distinct.map(([, port]) => port) },
      ...{ hostNetwork, finished, ...(blocks && { blocks }) },
    };
    this.#byKey.set(key, made);
    return made;
  }
}

const portKey = ({ protocol, port, name = '', sidecar }: ContainerPort): string =>
  `${protocol} ${port} ${name}${sidecar === true ? ' sidecar' : ''}`;

const isKnown = (address: Address | undefined): address is Address => address !== undefined;
