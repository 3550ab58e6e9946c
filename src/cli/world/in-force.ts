import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import type { LoadedWorld } from './build-world.ts';
import { isOfKind } from './kubernetes-object.ts';
import type { Manifest } from './manifests.ts';

/** A policy in mode Audit as it is in force: its rules deny nothing. */
export const withoutAudit = (manifest: Manifest): Manifest => {
  const { object } = manifest;
  if (!isOfKind(object, CONTAINER_SECURITY_POLICY)) return manifest;
  const { network: _, ...spec } = (object as unknown as ContainerSecurityPolicy).spec;
  return spec.mode === 'Audit' ? { ...manifest, object: { ...object, spec } } : manifest;
};

/** The policies whose sections are in force. */
export const policiesInForce = ({ policies }: LoadedWorld): ContainerSecurityPolicy[] =>
  policies.map(({ policy }) => policy).filter(({ spec }) => spec.mode !== 'Audit');
