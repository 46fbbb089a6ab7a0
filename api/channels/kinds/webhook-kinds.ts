import { defineKinds } from "./kind-table.ts";

/** The types of the generic signed webhook. A body of another type is refused. */
export const WEBHOOK_KINDS = defineKinds(
  { treatment: "answered", kinds: ["message.received", "message.inbound"] },
  { treatment: "placeholder", kinds: ["message.received.media"] },
  {
    treatment: "applied",
    reason: "The contact changed or took back a message: its turn uses the new text.",
    kinds: ["message.edited", "message.deleted"],
  },
  { treatment: "applied", reason: "The state of a reply.", kinds: ["message.receipt"] },
);

/** What a page with our web chat sends. */
export const WEB_KINDS = defineKinds(
  { treatment: "answered", kinds: ["message"] },
  { treatment: "applied", reason: "The page has shown a reply.", kinds: ["receipt"] },
);
