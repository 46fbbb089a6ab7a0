import { textAnswer } from "../server/answer.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RouteTable } from "../server/route-table.ts";
import { createStandIn, type StandIn, type StandInOptions } from "../server/stand-in.ts";
import { controlPlaneRoutes, INDEX_PREFIX } from "./control-plane.ts";
import { openIndexStore } from "./index-store.ts";
import { namespaceRoutes } from "./namespace-routes.ts";
import { controlPlaneError, dataPlaneError, refusing } from "./pinecone-error.ts";
import { vectorRoutes } from "./vector-routes.ts";

export interface PineconeStandInOptions extends StandInOptions {
  /** Absent: indexes are forgotten with the process. */
  dataDir?: string | undefined;
}

/**
 * Pinecone's control plane and, for every index on the same port under its own prefix, the data plane. Faults and the log
 * see the path as the index's own host would: `/query`, not `/_index/name/query`.
 */
export function createPineconeStandIn({ dataDir, random }: PineconeStandInOptions = {}): StandIn {
  const store = openIndexStore(dataDir);
  const dataPlane = { ...vectorRoutes(store), ...namespaceRoutes(store) };
  return createStandIn(
    {
      routes: {
        ...shaped(controlPlaneRoutes(store), controlPlaneError),
        ...shaped(dataPlane, dataPlaneError),
      },
      localise,
      refuse: ({ headers }) => (headers["api-key"] ? null : textAnswer("Invalid API Key", 401)),
      notFound: ({ method, path }) => controlPlaneError(501, `The stand-in does not know ${method} ${path}.`),
      vendorError: (status) => dataPlaneError(status, "The stand-in was asked to fail."),
      close: () => store.close(),
    },
    { random },
  );
}

function shaped(routes: RouteTable, shape: typeof controlPlaneError): RouteTable {
  return Object.fromEntries(Object.entries(routes).map(([key, handler]) => [key, refusing(handler, shape)]));
}

function localise(request: ReceivedRequest): ReceivedRequest {
  if (!request.path.startsWith(INDEX_PREFIX)) return request;
  const [name = "", ...rest] = request.path.slice(INDEX_PREFIX.length).split("/");
  return { ...request, path: `/${rest.join("/")}`, host: name };
}
