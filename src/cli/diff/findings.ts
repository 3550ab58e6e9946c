import { Findings } from '../../reach/findings/find.ts';
import { Reach } from '../../reach/reach.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import type { Difference } from './difference.ts';

const messagesOf = ({ world, policies }: LoadedWorld): Set<string> => {
  const findings = new Findings(new Reach(world));
  const all = policies
    .filter(({ manifest }) => manifest !== undefined)
    .flatMap(({ policy: { metadata, spec } }) => {
      const { namespace, name } = metadata;
      if (spec.network === undefined) return [];
      return findings
        .of({ namespace, name, network: spec.network })
        .map(({ reason, rule, message }) =>
          [
            `ContainerSecurityPolicy ${namespace}/${name}`,
            ...(rule === undefined ? [] : [rule]),
            `${reason}: ${message}`,
          ].join(': '),
        );
    });
  return new Set(all);
};

/** The findings about the policies of the files that appear, and those that vanish. */
export const compareFindings = (before: LoadedWorld, after: LoadedWorld): Difference[] => {
  const [was, is] = [messagesOf(before), messagesOf(after)];
  return [
    ...[...is.difference(was)].map((message): Difference => ({ area: 'findings', change: 'Added', message })),
    ...[...was.difference(is)].map((message): Difference => ({ area: 'findings', change: 'Removed', message })),
  ];
};
