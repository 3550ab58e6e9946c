import type { Container, EnvVar } from 'kubernetes-types/core/v1.js';
import { isObject } from '../../../text/is-object.ts';
import { CONFIG_MAPS } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import { besideEachOther, type Setting } from './setting.ts';
import { settingsOf, settingsOfLines } from './texts.ts';

/** Settings of one place. */
export interface Place {
  /** `env DB_URL`, `an argument`, `ConfigMap web` */
  readonly where: string;
  readonly settings: readonly Setting[];
}

export interface Configuration {
  readonly places: readonly Place[];
  /** By their names. */
  readonly secrets: readonly string[];
  readonly missingConfigMaps: readonly string[];
}

type Data = Readonly<Record<string, string>>;

/** Cluster-wide certificates: every namespace has them, and no file does. */
const CERTIFICATES = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt']);

/** They write names into certificates, and connect to none of them. */
const CERTIFICATE_GENERATOR = /(?:^|\/)[\w.-]*webhook-certgen[:@]?/;

/** It reads every ConfigMap with a label, and gives it to its neighbor. */
const SIDECAR = /(?:^|\/)k8s-sidecar[:@]?/;

const containersOf = ({ spec: { containers = [], initContainers = [] } }: Workload): Container[] =>
  [...initContainers, ...containers].filter(({ image = '' }) => !CERTIFICATE_GENERATOR.test(image));

/** Reads the ConfigMaps of a workload, and remembers what it could not read. */
class Reader {
  readonly secrets = new Set<string>();
  readonly missing = new Set<string>();
  readonly #namespace: string;
  readonly #data: ReadonlyMap<string, Data>;

  constructor(namespace: string, data: ReadonlyMap<string, Data>) {
    this.#namespace = namespace;
    this.#data = data;
  }

  configMap(name: string): Data {
    const data = this.#data.get(`${this.#namespace}/${name}`);
    if (data === undefined && !CERTIFICATES.has(name)) this.missing.add(name);
    return data ?? {};
  }
}

const fieldValue = (workload: Workload, path: string | undefined): string | undefined => {
  if (path === 'metadata.namespace') return workload.namespace;
  return path === 'metadata.name' && workload.kind === 'StatefulSet' ? `${workload.name}-0` : undefined;
};

const variableOf = (workload: Workload, reader: Reader, { value, valueFrom }: EnvVar): string | undefined => {
  if (value !== undefined) return value;
  const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom ?? {};
  if (secretKeyRef?.name) reader.secrets.add(secretKeyRef.name);
  if (configMapKeyRef?.name) return reader.configMap(configMapKeyRef.name)[configMapKeyRef.key];
  return fieldValue(workload, fieldRef?.fieldPath);
};

/** As the kubelet expands `$(NAME)`, and a shell `${NAME}`. */
const expand = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replaceAll(
    /\$\(([\w.-]+)\)|\$\{(\w+)\}/g,
    (whole, a: string | undefined, b: string | undefined) => variables.get(a ?? b ?? '') ?? whole,
  );

const environment = (
  workload: Workload,
  reader: Reader,
  { env = [], envFrom = [] }: Container,
): Map<string, string> => {
  const variables = new Map<string, string>();
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    if (secretRef?.name) reader.secrets.add(secretRef.name);
    for (const [key, value] of Object.entries(configMapRef?.name ? reader.configMap(configMapRef.name) : {}))
      variables.set(`${prefix}${key}`, value);
  }
  for (const one of env) {
    const value = variableOf(workload, reader, one);
    if (value !== undefined) variables.set(one.name, expand(value, variables));
  }
  return variables;
};

const environmentPlaces = (variables: ReadonlyMap<string, string>): Place[] => {
  const beside = besideEachOther([...variables]);
  return beside.map((setting) => {
    const isText = setting.value.includes('\n') || /^\s*[[{]/.test(setting.value);
    return { where: `env ${setting.key}`, settings: isText ? settingsOf(setting.key, setting.value) : [setting] };
  });
};

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/;
const SHORT: Readonly<Record<string, string>> = { h: 'host', H: 'host', p: 'port', P: 'port' };

/** A word is the value of the flag before it, or stands alone. */
const flagsOf = (words: readonly string[]): [string, string][] => {
  const pairs: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [, name, value] = FLAG.exec(words[index]!) ?? [];
    const next = words[index + 1];
    if (name === undefined) pairs.push(['', words[index]!]);
    else if (value !== undefined) pairs.push([SHORT[name] ?? name, value]);
    else if (next !== undefined && !next.startsWith('-')) {
      pairs.push([SHORT[name] ?? name, next]);
      index += 1;
    }
  }
  return pairs;
};

const argumentPlaces = (words: readonly string[]): Place[] => {
  const scripts = words.filter((word) => /\s/.test(word) && !/^--?[A-Za-z]/.test(word));
  const flags = besideEachOther(flagsOf(words.filter((word) => !scripts.includes(word))));
  return [
    ...flags.map((setting) => ({
      where: setting.key === '' ? 'its command' : `argument --${setting.key}`,
      settings: [setting],
    })),
    ...scripts.map((script) => ({ where: 'its command', settings: settingsOfLines(script) })),
  ];
};

const fileSettings = (data: Data, items?: readonly { key: string }[]): Setting[] =>
  Object.entries(data)
    .filter(([key]) => items === undefined || items.some((item) => item.key === key))
    .flatMap(([key, text]) => settingsOf(key, text));

const volumePlaces = ({ spec: { volumes = [] } }: Workload, reader: Reader): Place[] =>
  volumes.flatMap(({ configMap, secret, projected }): Place[] => {
    if (secret?.secretName) reader.secrets.add(secret.secretName);
    const sources = projected?.sources ?? [];
    for (const one of sources) if (one.secret?.name) reader.secrets.add(one.secret.name);
    return [configMap, ...sources.map((one) => one.configMap)].flatMap((one): Place[] =>
      one?.name === undefined
        ? []
        : [{ where: `ConfigMap ${one.name}`, settings: fileSettings(reader.configMap(one.name), one.items) }],
    );
  });

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Data };
  readonly data?: unknown;
}

const sidecarPlaces = (scene: Scene, { namespace, spec }: Workload): Place[] => {
  const labels = (spec.containers ?? [])
    .concat(spec.initContainers ?? [])
    .filter(({ image = '' }) => SIDECAR.test(image))
    .flatMap(({ env = [] }) => env.filter(({ name }) => name === 'LABEL').flatMap(({ value }) => value ?? []));
  return scene
    .objectsOf<ConfigMap>(CONFIG_MAPS)
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && labels.some((label) => metadata.labels?.[label] !== undefined),
    )
    .map(({ metadata: { name }, data }) => ({ where: `ConfigMap ${name}`, settings: fileSettings(textsOf(data)) }));
};

const textsOf = (data: unknown): Data =>
  Object.fromEntries(Object.entries(isObject(data) ? data : {}).filter(([, text]) => typeof text === 'string')) as Data;

/** What the ConfigMaps of other namespaces must contain to lead here: reading all of a large cluster would take long. */
const signsOf = (scene: Scene): string[] => [
  `.${scene.namespace}`,
  ...scene.services.flatMap(({ clusterIPs = [] }) => clusterIPs),
  ...scene.world.services
    .filter(({ externalName }) => externalName?.toLowerCase().includes(`.${scene.namespace}.svc`))
    .map(({ name }) => name),
];

/** The texts of ConfigMaps by namespace and name. */
export const configMapsOf = (scene: Scene): ReadonlyMap<string, Data> => {
  const signs = signsOf(scene);
  const isOfUse = (text: string): boolean => signs.some((sign) => text.toLowerCase().includes(sign));
  return new Map(
    scene.objectsOf<ConfigMap>(CONFIG_MAPS).map(({ metadata: { namespace, name }, data }) => {
      const texts = Object.entries(textsOf(data)).filter(([, text]) => namespace === scene.namespace || isOfUse(text));
      return [`${namespace}/${name}`, Object.fromEntries(texts)];
    }),
  );
};

/** What the containers of a workload are told: variables, arguments, ConfigMaps. Secrets are named, never read. */
export const configurationOf = (
  scene: Scene,
  workload: Workload,
  configMaps: ReadonlyMap<string, Data>,
): Configuration => {
  const reader = new Reader(workload.namespace, configMaps);
  const places = containersOf(workload).flatMap((container) => {
    const variables = environment(workload, reader, container);
    const words = [...(container.command ?? []), ...(container.args ?? [])].map((word) => expand(word, variables));
    return [...environmentPlaces(variables), ...argumentPlaces(words)];
  });
  const volumes = volumePlaces(workload, reader);
  return {
    places: [...places, ...volumes, ...sidecarPlaces(scene, workload)],
    secrets: [...reader.secrets].sort(),
    missingConfigMaps: [...reader.missing].sort(),
  };
};
