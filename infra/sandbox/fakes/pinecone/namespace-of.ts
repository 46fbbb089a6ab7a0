import type { RoutedRequest } from "../server/route-table.ts";
import type { IndexStore, Namespace, StoredIndex } from "./index-store.ts";
import { PineconeRefused } from "./pinecone-error.ts";

/** The namespace of a request that names none. */
const DEFAULT_NAMESPACE = "__default__";

export interface Place {
  index: StoredIndex;
  /** Index and namespace, as a change in the journal has them. */
  address: { index: string; namespace: string };
  /** Empty if the namespace has no records. */
  records: Namespace;
}

export function indexOf(store: IndexStore, { host }: RoutedRequest): StoredIndex {
  const index = store.get(host);
  if (index === undefined) throw new PineconeRefused(404, `Index ${host} not found`);
  return index;
}

export function placeOf(store: IndexStore, request: RoutedRequest, namespace?: string | null): Place {
  const index = indexOf(store, request);
  const name = namespace || DEFAULT_NAMESPACE;
  return {
    index,
    address: { index: index.settings.name, namespace: name },
    records: index.namespaces.get(name) ?? new Map(),
  };
}
