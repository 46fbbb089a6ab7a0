import { jsonResponse } from "../server/response.ts";
import type { RoutedRequest, RouteTable } from "../server/route-table.ts";
import {
  CONFIGURE_INDEX,
  applyPatch,
  CREATE_INDEX,
  refuseProtected,
  type IndexSettings,
} from "./index-settings.ts";
import type { IndexStore, StoredIndex } from "./index-store.ts";
import { parseRequest } from "./parse-request.ts";
import { PineconeRefused } from "./pinecone-error.ts";

/** Prefix of the data plane's paths, since all indexes share one port. The `host` of an index is the base URL with this prefix. */
export const INDEX_PREFIX = "/_index/";

/** Creates, lists, describes, changes and deletes indexes. An index is ready at once. */
export function createControlPlaneRoutes(store: IndexStore): RouteTable {
  return {
    "GET /indexes": (request) =>
      jsonResponse({ indexes: store.all().map(({ settings }) => indexModel(settings, request)) }),
    "POST /indexes": (request) => {
      const settings = parseRequest(CREATE_INDEX, request.body);
      if (store.get(settings.name) !== undefined)
        throw new PineconeRefused(409, `Resource ${settings.name} already exists`);
      store.commit({ change: "index-put", settings });
      return jsonResponse(indexModel(settings, request), 201);
    },
    "GET /indexes/{name}": (request) =>
      jsonResponse(indexModel(requireIndex(store, request).settings, request)),
    "PATCH /indexes/{name}": (request) => {
      const patch = parseRequest(CONFIGURE_INDEX, request.body);
      const settings = applyPatch(requireIndex(store, request).settings, patch);
      store.commit({ change: "index-put", settings });
      return jsonResponse(indexModel(settings, request));
    },
    "DELETE /indexes/{name}": (request) => {
      const { settings } = requireIndex(store, request);
      refuseProtected(settings);
      store.commit({ change: "index-dropped", index: settings.name });
      return { status: 202 };
    },
  };
}

function requireIndex(store: IndexStore, { params }: RoutedRequest): StoredIndex {
  const index = store.get(params.name ?? "");
  if (index === undefined) throw new PineconeRefused(404, `Resource ${params.name} not found`);
  return index;
}

/** Computed for each request, because the port can change with a restart. */
function indexModel(settings: IndexSettings, { headers }: RoutedRequest) {
  return {
    ...settings,
    host: `http://${headers.host}${INDEX_PREFIX}${settings.name}`,
    status: { ready: true, state: "Ready" },
    read_capacity: { mode: "OnDemand", status: { state: "Ready" } },
  };
}
