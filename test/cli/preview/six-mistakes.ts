/** An application, a policy with six ordinary mistakes, and the right one. */

const workload = (kind: string, app: string, ports: string): string => `
---
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${app}}
spec: {template: {metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, ports: [${ports}]}]}}}
`;

const pod = (app: string): string => `
---
{apiVersion: v1, kind: Pod, metadata: {name: ${app}, namespace: monitoring, labels: {app: ${app}}}, spec: {containers: [{name: c}]}}
`;

const service = (app: string, target: number): string => `
---
{apiVersion: v1, kind: Service, metadata: {name: ${app}}, spec: {clusterIP: 10.96.0.${target / 1000 + 1}, selector: {app: ${app}}, ports: [{name: http, port: 80, targetPort: ${target}}]}}
`;

const METRICS = '{name: metrics, containerPort: 9100}';

export const APP = [
  workload('Deployment', 'web', `{name: http, containerPort: 8080}, ${METRICS}`),
  workload('Deployment', 'api', `{name: http, containerPort: 3000}, ${METRICS}`),
  workload('StatefulSet', 'db', '{name: pg, containerPort: 5432}'),
  `
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: report}}, spec: {containers: [{name: c}]}}}}}
`,
  ...[service('web', 8080), service('api', 3000), pod('prometheus'), pod('ingress')],
].join('');

const policy = (allow: string): string => `
---
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books}
spec:
  network:
    allow:
${allow.replaceAll('\n  ', '\n      ')}
`;

const app = (name: string): string => `{matchLabels: {app: ${name}}}`;

export const WRONG = policy(`
  ingress:
    - {description: visitors, pods: ${app('web')}, from: [{namespaces: [monitoring], pods: ${app('ingress')}}], ports: [{port: 80}]}
    - {description: web calls api, pods: ${app('api')}, from: [{pods: ${app('web')}}], ports: [{port: 80}]}
    - {description: database, pods: ${app('db')}, from: [{pods: ${app('api')}}, {pods: ${app('reports')}}], ports: [{port: 5432}]}
    - {description: prometheus, from: [{namespaces: [monitorng], pods: ${app('prometheus')}}], ports: [{port: metric}]}
  egress:
    - {description: web calls api, pods: ${app('web')}, to: [{pods: ${app('api')}}], ports: [{port: 80}]}
    - {description: report, pods: ${app('report')}, to: [{pods: ${app('api')}}, {pods: ${app('db')}}]}
`);

export const RIGHT = policy(`
  ingress:
    - {description: visitors, pods: ${app('web')}, from: [{namespaces: [monitoring], pods: ${app('ingress')}}], ports: [{port: http}]}
    - {description: web and the report call api, pods: ${app('api')}, from: [{pods: ${app('web')}}, {pods: ${app('report')}}], ports: [{port: http}]}
    - {description: database, pods: ${app('db')}, from: [{pods: ${app('api')}}, {pods: ${app('report')}}], ports: [{port: 5432}]}
    - {description: prometheus, from: [{namespaces: [monitoring], pods: ${app('prometheus')}}], ports: [{port: metrics}]}
  egress:
    - {description: web calls api, pods: ${app('web')}, to: [{pods: ${app('api')}}], ports: [{port: http}]}
    - {description: the database, pods: {matchExpressions: [{key: app, operator: In, values: [api, report]}]}, to: [{pods: ${app('db')}}], ports: [{port: 5432}]}
    - {description: report, pods: ${app('report')}, to: [{pods: ${app('api')}}], ports: [{port: 3000}]}
`);

/** Pods of the flows: those of workloads that are not there any more. */
export const PODS = {
  web: { ip: '10.0.1.1', pod: 'books/web-755cdc7957-x2x4z', labels: ['k8s:app=web'] },
  api: { ip: '10.0.1.2', pod: 'books/api-598d5b586d-bcdfg', labels: ['k8s:app=api'], workload: 'api' },
  db: { ip: '10.0.1.3', pod: 'books/db-0', labels: ['k8s:app=db'] },
  report: { ip: '10.0.1.4', pod: 'books/report-29384000-wsvmz', labels: ['k8s:app=report'] },
  prometheus: { ip: '10.0.2.1', pod: 'monitoring/prometheus', labels: ['k8s:app=prometheus'] },
  ingress: { ip: '10.0.2.2', pod: 'monitoring/ingress', labels: ['k8s:app=ingress'] },
} as const;
