import { z } from "zod";
import { jsonResponse } from "../server/response.ts";
import type { RouteTable } from "../server/route-table.ts";
import { vectorShape } from "./index-settings.ts";
import type { IndexStore } from "./index-store.ts";
import { compileFilter } from "./metadata-filter.ts";
import { indexOf, placeOf } from "./namespace-of.ts";
import { pageOf } from "./page-of.ts";
import { parseRequest } from "./parse-request.ts";
import { QUERY, queryRecords } from "./query-records.ts";
import { toWire, type StoredRecord } from "./stored-record.ts";
import { DELETE, deleteRecords, UPDATE, updateRecords, UPSERT, upsertRecords } from "./write-records.ts";

const USAGE = { readUnits: 1 };
const MAX_PAGE = 100;
const FETCH_BY_METADATA = z.object({
  namespace: z.string().nullish(),
  filter: z.record(z.string(), z.unknown()),
  limit: z.int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  paginationToken: z.string().nullish(),
});
const STATS = z.object({ filter: z.record(z.string(), z.unknown()).optional() });
const LIST_LIMIT = z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE);

/** The data plane of one index: the request's `host`. */
export function createVectorRoutes(store: IndexStore): RouteTable {
  return {
    "POST /vectors/upsert": (request) => {
      const { vectors, namespace } = parseRequest(UPSERT, request.body);
      return jsonResponse(upsertRecords(store, placeOf(store, request, namespace), vectors));
    },
    "POST /vectors/update": (request) => {
      const update = parseRequest(UPDATE, request.body);
      return jsonResponse(updateRecords(store, placeOf(store, request, update.namespace), update));
    },
    "POST /vectors/delete": (request) => {
      const wanted = parseRequest(DELETE, request.body);
      return jsonResponse(deleteRecords(store, placeOf(store, request, wanted.namespace), wanted));
    },
    "POST /query": (request) => {
      const query = parseRequest(QUERY, request.body);
      return jsonResponse(queryRecords(placeOf(store, request, query.namespace), query));
    },
    ...readRoutes(store),
  };
}

function readRoutes(store: IndexStore): RouteTable {
  return {
    "GET /vectors/fetch": (request) => {
      const { records, address } = placeOf(store, request, request.query.get("namespace"));
      const found = request.query.getAll("ids").flatMap((id) => records.get(id) ?? []);
      return jsonResponse({ vectors: byId(found), namespace: address.namespace, usage: USAGE });
    },
    "POST /vectors/fetch_by_metadata": (request) => {
      const { filter, limit, namespace, paginationToken } = parseRequest(FETCH_BY_METADATA, request.body);
      const { records, address } = placeOf(store, request, namespace);
      const isWanted = compileFilter(filter);
      const wanted = [...records].filter(([, { metadata = {} }]) => isWanted(metadata));
      const { page, pagination } = pageOf(wanted, { limit, token: paginationToken });
      const vectors = byId(page.map(([, record]) => record));
      return jsonResponse({ vectors, namespace: address.namespace, usage: USAGE, pagination });
    },
    "GET /vectors/list": (request) => {
      const { query } = request;
      const { records, address } = placeOf(store, request, query.get("namespace"));
      const limit = parseRequest(LIST_LIMIT, query.get("limit") ?? undefined);
      const named = [...records].filter(([id]) => id.startsWith(query.get("prefix") ?? ""));
      const { page, pagination } = pageOf(named, { limit, token: query.get("paginationToken") });
      const vectors = page.map(([id]) => ({ id }));
      return jsonResponse({ vectors, pagination, namespace: address.namespace, usage: USAGE });
    },
    "POST /describe_index_stats": (request) => {
      const { filter } = parseRequest(STATS, request.body ?? {});
      const { settings, namespaces } = indexOf(store, request);
      const isWanted = compileFilter(filter ?? {});
      const counts = Array.from(namespaces, ([name, records]) => {
        const wanted = [...records.values()].filter(({ metadata = {} }) => isWanted(metadata));
        return [name, { vectorCount: wanted.length }] as const;
      });
      const { dimension, metric } = vectorShape(settings);
      return jsonResponse({
        namespaces: Object.fromEntries(counts),
        dimension: dimension ?? undefined,
        indexFullness: 0,
        totalVectorCount: counts.reduce((sum, [, { vectorCount }]) => sum + vectorCount, 0),
        metric,
        vectorType: dimension === null ? "sparse" : "dense",
      });
    },
  };
}

function byId(records: StoredRecord[]) {
  return Object.fromEntries(records.map((record) => [record.id, toWire(record)]));
}
