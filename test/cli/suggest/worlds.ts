import { Scene } from '../../../src/cli/suggest/scene.ts';
import { buildWorld } from '../../../src/cli/world/build-world.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';

/** The scene of a namespace in a world of one file. */
export const suggested = (text: string, namespace: string): Scene => {
  const manifests = readManifests([{ file: 'world.yaml', text }], namespace);
  return new Scene(buildWorld({ manifests, dns: parseDnsSetting('auto') }), namespace, []);
};
