import { randomUUID } from "node:crypto";
import type { NewInbound } from "../../db/inbound/new-inbound.ts";

type Account = Pick<NewInbound, "tenantId" | "channel" | "accountId">;

/** A message of a contact as ingress stores it, with a new id and without a quiet window. */
export function newMessage(
  { tenantId, channel, accountId }: Account,
  { from, ...fields }: Pick<NewInbound, "from"> & Partial<NewInbound>,
): NewInbound {
  const id = fields.providerMessageId ?? randomUUID();
  return {
    tenantId,
    channel,
    accountId,
    providerMessageId: id,
    workflowId: `msg:${id}`,
    from,
    thread: "",
    text: "Can I return a lamp?",
    keyword: null,
    providerTime: null,
    providerSequence: null,
    arrivedAt: null,
    quietMs: 0,
    ...fields,
  };
}
