import { z } from "zod";
import { jsonResponse } from "../../../../infra/sandbox/fakes/server/response.ts";
import {
  openSentMessages,
  createSentMessageRoutes,
} from "../../../../infra/sandbox/fakes/server/sent-messages.ts";
import { createFake, type Fake } from "../../../../infra/sandbox/fakes/server/fake.ts";

const PAGE = z.object({ to: z.string().min(1), text: z.string().min(1).max(240), key: z.string().min(1) });

const errorOf = (status: number) => jsonResponse({ error: `status_${status}` }, status);

/** The pager service on loopback: it refuses what the real one refuses, and drops what it has under the same key. */
export function createPagerFake(token: string): Fake {
  const store = openSentMessages(undefined, "pager-messages.jsonl");
  return createFake({
    routes: {
      "POST /v1/pages": ({ body }) => {
        const page = PAGE.safeParse(body);
        if (!page.success) return errorOf(422);
        const { key: id, to, text } = page.data;
        if (store.find(id) === undefined) store.accept({ id, to, text });
        return jsonResponse({ id }, 201);
      },
    },
    controlRoutes: createSentMessageRoutes(store, []),
    refuse: ({ headers }) => (headers.authorization === `Bearer ${token}` ? null : errorOf(401)),
    notFound: () => errorOf(404),
    vendorError: errorOf,
    close: () => store.close(),
  });
}
