/** Where one registry keeps its files. */
export interface RegistrySettings {
  readonly storage: string;
  /** None: everybody may pull and push. */
  readonly htpasswd?: string;
}

/** For `registry serve`. It chooses a free port and says in its log which. */
export function registryConfiguration({ storage, htpasswd }: RegistrySettings): object {
  return {
    version: '0.1',
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
    ...(htpasswd !== undefined && { auth: { htpasswd: { realm: 'registry', path: htpasswd } } }),
  };
}

const listening = /listening on (127\.0\.0\.1:\d+)/;
const access = /^127\.0\.0\.1 - \S+ \[[^\]]*\] "(\S+ [^ ?]+)\S* HTTP/;

/** host:port, once the log says so. */
export function addressIn(log: string): string | undefined {
  return listening.exec(log)?.[1];
}

/** The requests of a log, as in 'GET /v2/team/app/manifests/1' without queries, in the order in which they ended. */
export function requestsIn(log: string): string[] {
  return log.split('\n').flatMap((line) => access.exec(line)?.[1] ?? []);
}
