import type { ContainerSecurityPolicy } from '../api/policy.ts';
import type { Child } from './children/kinds.ts';
import { renderAccess } from './sections/access/render.ts';
import { renderImageScan } from './sections/imagescan/render.ts';
import type { NetworkContext } from './sections/network/context.ts';
import { renderNetwork } from './sections/network/render.ts';

/** All objects that a policy generates, in the order in which they are created. @throws StalledError */
export const renderChildren = ({ metadata, spec }: ContainerSecurityPolicy, context: NetworkContext): Child[] => {
  const { network, access, scan } = spec;
  const rendered = access && renderAccess(metadata, access);
  return [
    ...(network === undefined ? [] : renderNetwork(metadata, network, context).policies),
    ...(rendered?.roles ?? []),
    ...(rendered?.bindings ?? []),
    ...(scan === undefined ? [] : [renderImageScan(metadata, scan)]),
  ];
};
