import type { RoutedRequest } from "../server/route-table.ts";
import type { IndexStore, Namespace, StoredIndex } from "./index-store.ts";
import { PineconeRefused } from "./pinecone-error.ts";

/** What a request without a namespace, or with an empty one, speaks to. */
const DEFAULT_NAMESPACE = "__default__";

export interface Place {
  index: StoredIndex;
  /** The two halves of a change's address. */
  address: { index: string; namespace: string };
  /** Empty where the namespace was never written to. */
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
