import { z } from "zod";
import { jsonResponse } from "../server/response.ts";
import type { RoutedRequest, RouteTable } from "../server/route-table.ts";
import type { IndexStore } from "./index-store.ts";
import { indexOf, placeOf, type Place } from "./namespace-of.ts";
import { pageOf } from "./page-of.ts";
import { parseRequest } from "./parse-request.ts";
import { PineconeRefused } from "./pinecone-error.ts";

const MAX_PAGE = 100;
const LIMIT = z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE);
const CREATE = z.object({ name: z.string().min(1) });

/** Namespaces of one index. Most are created by the first upsert. */
export function createNamespaceRoutes(store: IndexStore): RouteTable {
  return {
    "GET /namespaces": (request) => {
      const { query } = request;
      const prefix = query.get("prefix") ?? "";
      const named = [...indexOf(store, request).namespaces].filter(([name]) => name.startsWith(prefix));
      const limit = parseRequest(LIMIT, query.get("limit") ?? undefined);
      const { page, pagination } = pageOf(named, { limit, token: query.get("paginationToken") });
      const namespaces = page.map(([name, records]) => ({ name, record_count: records.size }));
      return jsonResponse({ namespaces, pagination, total_count: named.length });
    },
    "POST /namespaces": (request) => {
      const { name } = parseRequest(CREATE, request.body);
      const { index, address } = placeOf(store, request, name);
      if (index.namespaces.has(name)) throw new PineconeRefused(409, `Namespace ${name} already exists`);
      store.commit({ change: "namespace-put", ...address });
      return jsonResponse({ name, record_count: 0 });
    },
    "GET /namespaces/{namespace}": (request) => {
      const { address, records } = requireNamespace(store, request);
      return jsonResponse({ name: address.namespace, record_count: records.size });
    },
    "DELETE /namespaces/{namespace}": (request) => {
      store.commit({ change: "namespace-dropped", ...requireNamespace(store, request).address });
      return jsonResponse({});
    },
  };
}

function requireNamespace(store: IndexStore, request: RoutedRequest): Place {
  const place = placeOf(store, request, request.params.namespace);
  if (place.index.namespaces.has(place.address.namespace)) return place;
  throw new PineconeRefused(404, "Namespace not found");
}
