import type { KubeObject } from '../object.ts';
import { type KubeClient, type ListOptions, MAX_BYTES } from '../rest/client.ts';
import { PageTooLarge } from '../rest/errors.ts';
import type { Resource } from '../rest/resource.ts';

export interface PagesOptions extends Omit<ListOptions, 'continue' | 'limit'> {
  /** Objects of a page, at most. Default 500. */
  readonly pageSize?: number | undefined;
  /** Bytes of a page, at most. Default MAX_BYTES. */
  readonly maxPageBytes?: number | undefined;
  /** Called before each request. */
  readonly onPage?: (() => void) | undefined;
}

const DEFAULT_PAGE_SIZE = 500;
/** Below this share of the bound, the next page may be twice as long. */
const SMALL_PAGE = 1 / 4;

/**
 * A complete list. Each object is projected as it arrives, so that only projections are in memory at the same time. A page
 * of too many bytes is requested again with fewer objects. Without a resourceVersion the pages are one snapshot.
 * @param project undefined: the object is left out
 * @throws PageTooLarge when even one object is too large
 */
export const listInPages = async <T>(
  client: Pick<KubeClient, 'listPage'>,
  resource: Resource,
  options: PagesOptions,
  project: (object: KubeObject) => T | undefined,
): Promise<{ items: T[]; resourceVersion: string }> => {
  const { pageSize = DEFAULT_PAGE_SIZE, maxPageBytes = MAX_BYTES, onPage, ...query } = options;
  const pages: T[][] = [];
  let limit = pageSize;
  let next: string | undefined;
  for (;;) {
    onPage?.();
    // Of this page alone: when it is requested again, its objects come again.
    const items: T[] = [];
    const each = (object: KubeObject): void => {
      const projected = project(object);
      if (projected !== undefined) items.push(projected);
    };
    try {
      const page = { ...query, limit, continue: next, maxBytes: maxPageBytes };
      const { metadata, bytes } = await client.listPage(resource, page, each);
      pages.push(items);
      if (!metadata.continue) return { items: pages.flat(), resourceVersion: metadata.resourceVersion };
      next = metadata.continue;
      if (bytes < maxPageBytes * SMALL_PAGE) limit = Math.min(pageSize, 2 * limit);
    } catch (error) {
      if (!(error instanceof PageTooLarge) || limit === 1) throw error;
      // What arrived fits into a page.
      limit = Math.max(1, Math.min(error.items, Math.floor(limit / 2)));
    }
  }
};
