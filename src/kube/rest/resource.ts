/** A kind of object as the API server addresses it. `group` is '' for the core group, `plural` is the path segment. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** 'v1' for the core group, else 'group/version'. */
export const apiVersion = (r: Resource): string => (r.group === '' ? r.version : `${r.group}/${r.version}`);

/**
 * The URL path of a collection, an object or one of its subresources. A namespace is ignored when the kind is not
 * namespaced; a namespaced collection without a namespace means every namespace.
 *
 * @throws TypeError when the path would mean another object: a namespaced one without its namespace, a name '.' or '..'.
 */
export function resourcePath(r: Resource, namespace?: string, name?: string, subresource?: string): string {
  const inNamespace = r.namespaced && namespace !== undefined && namespace !== '';
  if (r.namespaced && name !== undefined && !inNamespace) {
    throw new TypeError(`${r.plural} ${name}: a namespaced object needs a namespace`);
  }
  const segments = [r.group === '' ? 'api' : 'apis', ...(r.group === '' ? [] : [r.group]), r.version];
  if (inNamespace) segments.push('namespaces', namespace);
  segments.push(r.plural);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new TypeError(`${segments.join(' ')}: not the path of an object`);
  }
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

/** 'plural' for the core group, else 'plural.group': the name that people and metrics use. */
export const resourceName = (r: Resource): string => (r.group === '' ? r.plural : `${r.plural}.${r.group}`);
