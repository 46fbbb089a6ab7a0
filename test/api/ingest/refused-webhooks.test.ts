import { expect, test } from "vitest";
import { createRefusedWebhooks, type Refusal } from "../../../api/ingest/refused-webhooks.ts";

const REFUSAL: Refusal = {
  account: { tenantId: "acme", channel: "webhook", accountId: "main" },
  code: "body_invalid",
  detail: "No event of the body was stored.",
  problems: ["type", "data.from", "data.text", "data.media"].map((field) => ({ field, message: "is wrong" })),
  requestId: "req-1",
};

test("the first refusal of an account and code is logged with its cause, and the others as one number", () => {
  const lines: [string, object][] = [];
  const refusals = createRefusedWebhooks({
    log: { warn: (details, message) => lines.push([message, details]) },
    everyMs: 60_000,
  });
  for (const requestId of ["req-1", "req-2", "req-3"]) refusals.record({ ...REFUSAL, requestId });
  refusals.record({ ...REFUSAL, code: "signature_invalid", problems: [] });
  expect(lines).toMatchObject([
    [
      "a webhook was refused",
      { code: "body_invalid", accountId: "main", reqId: "req-1", problems: [{}, {}, {}] },
    ],
    ["a webhook was refused", { code: "signature_invalid", detail: REFUSAL.detail }],
  ]);
  expect(refusals.counts()).toEqual({ body_invalid: 3, signature_invalid: 1 });
  refusals.stop();
  expect(lines.slice(2)).toEqual([
    [
      "more webhooks were refused",
      { channel: "webhook", accountId: "main", tenantId: "acme", code: "body_invalid", count: 2 },
    ],
  ]);
});
