import { textResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { RouteTable } from "../server/route-table.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { createControlPlaneRoutes, INDEX_PREFIX } from "./control-plane.ts";
import { openIndexStore } from "./index-store.ts";
import { createNamespaceRoutes } from "./namespace-routes.ts";
import { controlPlaneError, dataPlaneError, withErrorShape } from "./pinecone-error.ts";
import { createVectorRoutes } from "./vector-routes.ts";

export interface PineconeFakeOptions extends FakeOptions {
  /** Without it, the indexes end with the process. */
  dataDir?: string | undefined;
}

/**
 * Pinecone's control plane, and on the same port the data plane of every index under its own prefix. Faults and the log contain the path
 * without the prefix: `/query`, not `/_index/name/query`.
 */
export function createPineconeFake({ dataDir, random }: PineconeFakeOptions = {}): Fake {
  const store = openIndexStore(dataDir);
  const dataPlane = { ...createVectorRoutes(store), ...createNamespaceRoutes(store) };
  return createFake(
    {
      routes: {
        ...shapeErrors(createControlPlaneRoutes(store), controlPlaneError),
        ...shapeErrors(dataPlane, dataPlaneError),
      },
      localise,
      refuse: ({ headers }) => (headers["api-key"] ? null : textResponse("Invalid API Key", 401)),
      notFound: ({ method, path }) => controlPlaneError(501, `The fake does not know ${method} ${path}.`),
      vendorError: (status) => dataPlaneError(status, "The fake was asked to fail."),
      close: () => store.close(),
    },
    { random },
  );
}

function shapeErrors(routes: RouteTable, shape: typeof controlPlaneError): RouteTable {
  return Object.fromEntries(
    Object.entries(routes).map(([key, handler]) => [key, withErrorShape(handler, shape)]),
  );
}

function localise(request: ReceivedRequest): ReceivedRequest {
  if (!request.path.startsWith(INDEX_PREFIX)) return request;
  const [name = "", ...rest] = request.path.slice(INDEX_PREFIX.length).split("/");
  return { ...request, path: `/${rest.join("/")}`, host: name };
}
