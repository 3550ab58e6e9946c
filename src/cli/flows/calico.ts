import { isObject } from '../../text/is-object.ts';
import { toRecord } from './calico-flow.ts';
import { reading } from './fields.ts';
import type { ReadRecord } from './observed.ts';

const isFlow = (record: Record<string, unknown>): boolean =>
  'action' in record && ['source_name', 'source_name_aggr'].some((field) => field in record);

/** Reads an object of Felix's flow logs, bare or as Elasticsearch exports it, or of Whisker. */
export const readCalico = (record: Record<string, unknown>): ReadRecord => {
  const flow = [record, record._source].filter(isObject).find(isFlow);
  return (
    flow &&
    reading(() =>
      toRecord({
        source: {
          ...{ type: flow.source_type, namespace: flow.source_namespace, ip: flow.source_ip },
          ...{ names: [flow.source_name, flow.source_name_aggr], labels: flow.source_labels },
        },
        destination: {
          ...{ type: flow.dest_type, namespace: flow.dest_namespace, ip: flow.dest_ip },
          ...{ names: [flow.dest_name, flow.dest_name_aggr], labels: flow.dest_labels },
          ...{ serviceNamespace: flow.dest_service_namespace, serviceName: flow.dest_service_name },
        },
        ...{ port: flow.dest_port, protocol: flow.proto ?? flow.protocol, action: flow.action },
        ...{ reporter: flow.reporter, count: flow.num_flows, time: flow.end_time ?? flow.endTime },
      }),
    )
  );
};
