import { jsonResponse, type FakeResponse } from "../server/response.ts";
import { sinceOf } from "../server/control-routes.ts";
import type { RouteTable } from "../server/route-table.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { renderDeliveriesPage } from "./deliveries-page.ts";
import { openDeliveryStore, type DeliveryStore } from "./delivery-store.ts";
import { isSigned } from "./is-signed.ts";

export interface WebhookSinkOptions extends FakeOptions {
  /** `whsec_…`; any of them verifies. Without one, every signature is invalid. */
  secrets: readonly string[];
  /** Absent: deliveries are forgotten with the process. */
  dataDir?: string | undefined;
}

const SHOWN = 100;

/** A receiver of signed webhooks: 204 for a new id, 200 for a known one, 401 for an invalid signature. */
export function createWebhookSink({ secrets, dataDir, random }: WebhookSinkOptions): Fake {
  const store = openDeliveryStore(dataDir);
  return createFake(
    {
      routes: {
        "POST /hooks/{name}": ({ headers, raw, params }) => {
          const id = headers["webhook-id"];
          const { signatureOk, duplicate } = store.record({
            name: params.name ?? "",
            webhookId: typeof id === "string" ? id : null,
            signatureOk: isSigned(secrets, headers, raw),
            body: raw.toString("utf8"),
          });
          return signatureOk ? { status: duplicate ? 200 : 204 } : sinkError(401);
        },
      },
      controlRoutes: createSinkControlRoutes(store),
      notFound: () => sinkError(404),
      vendorError: sinkError,
      close: () => store.close(),
    },
    { random },
  );
}

function createSinkControlRoutes(store: DeliveryStore): RouteTable {
  return {
    "GET /": () => renderDeliveriesPage(store.latest(SHOWN)),
    "GET /__control/messages": ({ query }) => {
      const since = sinceOf(query);
      const messages = store.since(since);
      return jsonResponse({ messages, next: messages.at(-1)?.seq ?? since });
    },
  };
}

function sinkError(status: number): FakeResponse {
  return jsonResponse({ error: status === 401 ? "bad signature" : `status ${status}` }, status);
}
