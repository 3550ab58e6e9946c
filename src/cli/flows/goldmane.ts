import { isObject } from '../../text/is-object.ts';
import { toRecord } from './calico-flow.ts';
import { reading } from './fields.ts';
import type { ReadRecord } from './observed.ts';

/** `sourceName` in the JSON of protocol buffers, `source_name` in that of Goldmane's emitter. */
const fieldsOf =
  (object: Record<string, unknown>) =>
  (name: string): unknown =>
    object[name] ?? object[name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];

const keyOf = (flow: Record<string, unknown>): Record<string, unknown> | undefined =>
  [flow.Key, flow.key].find((key) => isObject(key)) as Record<string, unknown> | undefined;

/** Reads a Flow of Goldmane's API, or a FlowResult, which has it with a number. */
export const readGoldmane = (record: Record<string, unknown>): ReadRecord => {
  const flow = [record, record.flow].filter(isObject).find((one) => keyOf(one) !== undefined);
  if (flow === undefined) return undefined;
  const [outer, key] = [fieldsOf(flow), fieldsOf(keyOf(flow)!)];
  return reading(() =>
    toRecord({
      source: {
        ...{ type: key('source_type'), namespace: key('source_namespace') },
        ...{ names: [key('source_name')], labels: outer('source_labels') },
      },
      destination: {
        ...{ type: key('dest_type'), namespace: key('dest_namespace') },
        ...{ names: [key('dest_name')], labels: outer('dest_labels') },
        ...{ serviceNamespace: key('dest_service_namespace'), serviceName: key('dest_service_name') },
      },
      ...{ port: key('dest_port'), protocol: key('proto'), action: key('action'), reporter: key('reporter') },
      ...{ count: outer('num_connections_started'), time: outer('end_time') },
    }),
  );
};
