import type { Labels } from '../../api/child-labels.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import type { Child } from '../../policy/children/kinds.ts';
import { withLabels } from '../../policy/children/request-body.ts';
import { StalledError } from '../../policy/errors.ts';
import { renderChildren } from '../../policy/render-children.ts';
import { wantedLabel } from '../../policy/sections/images/label.ts';
import type { NetworkContext } from '../../policy/sections/network/context.ts';
import { allowsDns } from '../../policy/sections/network/unknown-facts.ts';
import { isolatesNothing, withoutEffect } from '../../policy/sections/network/without-effect.ts';
import { claimsOf } from '../../policy/sections/podsecurity/claims.ts';
import { byStrictness, decideLabels } from '../../policy/sections/podsecurity/decide.ts';

/** Only the labels that a policy sets: applied by a GitOps tool it would take nothing else away. */
interface NamespaceLabels {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

interface Rendered {
  /** In the order in which the operator applies them. */
  readonly objects: readonly (NamespaceLabels | Child)[];
  /** Facts that the objects do not show, a line each. */
  readonly notes: readonly string[];
}

const enforced = (policy: ContainerSecurityPolicy): ContainerSecurityPolicy => ({
  ...policy,
  spec: { ...policy.spec, mode: 'Enforce', suspend: false },
});

/** The policy after its proposal is put in force, if it has one. */
export const promoted = (policy: ContainerSecurityPolicy): ContainerSecurityPolicy => {
  const { childLabels, proposed } = policy.spec;
  return proposed === undefined ? policy : { ...policy, spec: { ...(childLabels && { childLabels }), ...proposed } };
};

const namespaceLabels = (name: string, policies: readonly ContainerSecurityPolicy[]): NamespaceLabels[] => {
  const claims = policies.flatMap(claimsOf);
  const [strictest] = byStrictness(claims);
  const levels = strictest === undefined ? {} : decideLabels(claims, new Map(), strictest).labels;
  const labels = { ...levels, ...wantedLabel(policies, undefined) };
  return Object.keys(labels).length === 0 ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }];
};

const children = (policy: ContainerSecurityPolicy, context: NetworkContext, childLabels: Labels): Child[] =>
  renderChildren(policy, context).map((child) => withLabels(child, { ...childLabels, ...policy.spec.childLabels }));

const NOTHING_KNOWN: NetworkContext = { dnsPeers: [], apiServer: [] };

/** Why the operator generates no objects for the policy; undefined when it does. */
export const refusal = (policy: ContainerSecurityPolicy, context = NOTHING_KNOWN): string | undefined => {
  try {
    renderChildren(policy, context);
    return undefined;
  } catch (error) {
    if (error instanceof StalledError) return error.message;
    throw error;
  }
};

/** The facts that the command line knows. */
interface OfflineContext extends NetworkContext {
  /** The operator adds peers that it finds in the cluster. */
  readonly isDnsPartial?: boolean;
}

const notesOn = ({ metadata, spec }: ContainerSecurityPolicy, context: OfflineContext): string[] => {
  const { apiServer, isDnsPartial = false } = context;
  const name = `${metadata.namespace}/${metadata.name}`;
  const idle = spec.network && (isolatesNothing(spec.network) ?? withoutEffect(spec.network));
  return [
    ...(spec.mode === 'Audit'
      ? [`${name}: mode is Audit: nothing is enforced; the output shows the objects of mode Enforce`]
      : []),
    ...(spec.proposed === undefined
      ? []
      : [`${name}: spec.proposed has no effect, so the output omits it; --proposed prints it in place of spec`]),
    ...(spec.suspend === true
      ? [`${name}: suspend is true: the output shows the objects that the operator would create if suspend were false`]
      : []),
    ...(spec.network?.allow?.apiServer === true && apiServer.length === 0
      ? [`${name}: allow.apiServer is omitted from the output: pass the addresses of the API server with --api-server`]
      : []),
    ...(isDnsPartial && allowsDns(spec.network)
      ? [
          `${name}: the output has the DNS peers that are the same in most clusters; with --dns-peers auto, the operator adds the cluster's DNS Service: pass its addresses and pods with --dns-peers`,
        ]
      : []),
    ...[idle ?? []].flat().map((text) => `${name}: ${text}`),
  ];
};

/**
 * The objects that the operator would create for the policies, in namespaces without labels of other clients and
 * without pods that violate a level.
 * @param childLabels of the operator; those of a policy add to them and replace them
 * @throws StalledError
 */
export const render = (
  policies: readonly ContainerSecurityPolicy[],
  context: OfflineContext,
  childLabels: Labels = {},
): Rendered => {
  const byNamespace = Map.groupBy(policies.map(enforced), (p) => p.metadata.namespace);
  return {
    objects: [...byNamespace].flatMap(([name, inside]) => [
      ...namespaceLabels(name, inside),
      ...inside.flatMap((policy) => children(policy, context, childLabels)),
    ]),
    notes: policies.flatMap((policy) => notesOn(policy, context)),
  };
};
