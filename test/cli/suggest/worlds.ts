import { parseAllDocuments } from 'yaml';
import { Scene } from '../../../src/cli/suggest/scene.ts';
import { buildWorld } from '../../../src/cli/world/build-world.ts';
import type { KubernetesObject } from '../../../src/cli/world/kubernetes-object.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';

/** The scene of a namespace in a world of YAML documents, which name their namespaces. */
export const suggested = (text: string, namespace: string): Scene => {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  const source = { file: 'world.yaml', text };
  const manifests = objects.map((object, document) => ({ source, document, path: [], object }));
  return new Scene(buildWorld({ manifests, dns: parseDnsSetting('auto') }), namespace, []);
};
