import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { Direction, NetworkSection, Peer, Port, Selector } from '../../api/policy.ts';
import { sourceName } from '../naming.ts';

/** A rule of spec.network.allow. */
export interface Rule {
  readonly direction: Direction;
  /** In the user's words, as `ingress[1] "web calls api"`. */
  readonly name: string;
  readonly pods?: Selector;
  readonly peers: readonly Peer[];
  /** The field of the peers. */
  readonly field: 'from' | 'to';
  /** Absent: every port. */
  readonly ports?: readonly Port[];
}

/** The rules in the order of the spec. */
export const rulesOf = ({ allow: { ingress = [], egress = [] } = {} }: NetworkSection): Rule[] => [
  ...ingress.map(({ from, description, ...rule }, index): Rule => {
    const name = sourceName({ field: `ingress[${index}]`, ...(description !== undefined && { description }) });
    return { ...rule, direction: 'Ingress', name, peers: from, field: 'from' };
  }),
  ...egress.map(({ to, description, ...rule }, index): Rule => {
    const name = sourceName({ field: `egress[${index}]`, ...(description !== undefined && { description }) });
    return { ...rule, direction: 'Egress', name, peers: to, field: 'to' };
  }),
];

/** Whether a selector selects some pods only. */
export const isNarrow = (selector: Readonly<LabelSelector> | Selector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length > 0 || (selector?.matchExpressions ?? []).length > 0;
