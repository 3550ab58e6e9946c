import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { servedMetrics } from '../../hack/reference/served-metrics.ts';

const served = servedMetrics();

test('every label has few values: none is a name that users, images or registries choose', () => {
  assert.equal([...new Set(served.flatMap(({ labelNames }) => labelNames))].sort(), [
    'code',
    'host',
    'kind',
    'manager',
    'method',
    // Of a queue, of our Lease, or of one of our admission policies.
    'name',
    // At most --metrics-per-namespace.
    'namespace',
    'priority',
    'reason',
    'resource',
    'result',
    'severity',
    'state',
    'step',
    'version',
  ]);
  assert.equal(
    served.filter(({ labelNames }) => labelNames.includes('name')).map(({ name }) => name.replace(/_.*/, '')),
    [...Array(7).fill('workqueue'), 'leader', 'palisade'],
  );
});

/** https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/metrics and .../pkg/metrics */
const WELL_KNOWN = [
  'leader_election_master_status',
  'rest_client_requests_total',
  'workqueue_adds_total',
  'workqueue_depth',
  'workqueue_longest_running_processor_seconds',
  'workqueue_queue_duration_seconds',
  'workqueue_retries_total',
  'workqueue_unfinished_work_seconds',
  'workqueue_work_duration_seconds',
];

test('a metric that controller-runtime names has that name', () => {
  const names = served.map(({ name }) => name).filter((name) => /^(workqueue|leader_election|rest_client)_/.test(name));
  assert.equal(names.sort(), WELL_KNOWN);
});

test.run();
