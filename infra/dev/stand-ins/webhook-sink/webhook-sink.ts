import { jsonAnswer, type Answer } from "../server/answer.ts";
import { sinceOf } from "../server/control-routes.ts";
import type { RouteTable } from "../server/route-table.ts";
import { createStandIn, type StandIn, type StandInOptions } from "../server/stand-in.ts";
import { deliveriesPage } from "./deliveries-page.ts";
import { openDeliveryStore, type DeliveryStore } from "./delivery-store.ts";
import { isSigned } from "./is-signed.ts";

export interface WebhookSinkOptions extends StandInOptions {
  /** `whsec_…`; any of them verifies. Without one, no signature is good. */
  secrets: readonly string[];
  /** Absent: deliveries are forgotten with the process. */
  dataDir?: string | undefined;
}

const SHOWN = 100;

/** A receiver of signed webhooks: 204 for a new one, 200 for one it had before, 401 for a bad signature. */
export function createWebhookSink({ secrets, dataDir, random }: WebhookSinkOptions): StandIn {
  const store = openDeliveryStore(dataDir);
  return createStandIn(
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
      controlRoutes: sinkControlRoutes(store),
      notFound: () => sinkError(404),
      vendorError: sinkError,
      close: () => store.close(),
    },
    { random },
  );
}

function sinkControlRoutes(store: DeliveryStore): RouteTable {
  return {
    "GET /": () => deliveriesPage(store.latest(SHOWN)),
    "GET /__control/messages": ({ query }) => {
      const since = sinceOf(query);
      const messages = store.since(since);
      return jsonAnswer({ messages, next: messages.at(-1)?.seq ?? since });
    },
  };
}

function sinkError(status: number): Answer {
  return jsonAnswer({ error: status === 401 ? "bad signature" : `status ${status}` }, status);
}
