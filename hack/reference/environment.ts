/** Environment variables that the operator reads besides those of its flags. */
export const ENVIRONMENT_VARIABLES: Readonly<Record<string, string>> = {
  KUBECONFIG: 'paths of kubeconfigs, separated as in PATH; --kubeconfig takes precedence',
  KUBERNETES_SERVICE_HOST: 'set in pods; without --kubeconfig, leader election is then on by default',
  HOSTNAME: 'name of the pod, which Events have as reporting instance',
  PATH: 'directories in which trivy is searched',
  XDG_STATE_HOME: 'directory of the default of --report-dir',
  NODE_EXTRA_CA_CERTS: 'read by Node: path of the certificates of private CAs, in PEM',
};
