export { until } from '../../hack/until.ts';
