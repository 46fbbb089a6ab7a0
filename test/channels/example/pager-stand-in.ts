import { z } from "zod";
import { jsonAnswer } from "../../../infra/dev/stand-ins/server/answer.ts";
import { openSentMessages, sentMessageControls } from "../../../infra/dev/stand-ins/server/sent-messages.ts";
import { createStandIn, type StandIn } from "../../../infra/dev/stand-ins/server/stand-in.ts";

const PAGE = z.object({ to: z.string().min(1), text: z.string().min(1).max(240), key: z.string().min(1) });

const errorOf = (status: number) => jsonAnswer({ error: `status_${status}` }, status);

/** The pager service on loopback: it refuses what the real one refuses, and drops what it has under the same key. */
export function createPagerStandIn(token: string): StandIn {
  const store = openSentMessages(undefined, "pager-messages.jsonl");
  return createStandIn({
    routes: {
      "POST /v1/pages": ({ body }) => {
        const page = PAGE.safeParse(body);
        if (!page.success) return errorOf(422);
        const { key: id, to, text } = page.data;
        if (store.find(id) === undefined) store.accept({ id, to, text });
        return jsonAnswer({ id }, 201);
      },
    },
    controlRoutes: sentMessageControls(store, []),
    refuse: ({ headers }) => (headers.authorization === `Bearer ${token}` ? null : errorOf(401)),
    notFound: () => errorOf(404),
    vendorError: errorOf,
    close: () => store.close(),
  });
}
