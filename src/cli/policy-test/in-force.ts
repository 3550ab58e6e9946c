import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { PolicySpec } from '../../api/policy.ts';
import { withoutAudit } from '../world/in-force.ts';
import { isOfKind, pathOf } from '../world/kubernetes-object.ts';
import type { Manifest } from '../world/manifests.ts';

/** Files as they are in force: policies in mode Audit enforce nothing, and suspended ones count as if they were not. */
export const asInForce = (manifests: readonly Manifest[]): { manifests: Manifest[]; notes: string[] } => {
  const notes: string[] = [];
  const changed = manifests.map((manifest): Manifest => {
    const { object } = manifest;
    if (!isOfKind(object, CONTAINER_SECURITY_POLICY)) return manifest;
    const { suspend = false, ...spec } = object.spec as PolicySpec;
    const name = `${object.kind} ${pathOf(object)}`;
    if (suspend) notes.push(`${name}: suspend is true; it counts as if suspend were false`);
    if (spec.mode === 'Audit') notes.push(`${name}: mode is Audit, so it enforces nothing and does not count`);
    return withoutAudit({ ...manifest, object: { ...object, spec } });
  });
  return { manifests: changed, notes };
};
