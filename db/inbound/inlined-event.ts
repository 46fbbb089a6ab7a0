import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { type NewVendorConsent, storeVendorConsent } from "../contacts/vendor-consents.ts";
import { type NewVendorReply, storeVendorReplyTo } from "../turns/agent-replies.ts";
import { storeInbound } from "./inbox.ts";
import type { NewInbound } from "./new-inbound.ts";
import { type NewChange, type NewDeletion, storeChange } from "./message-changes.ts";

/** An inbound event that an ingress could not store, as it travels in the start of a workflow. */
export type InlinedEvent =
  | { kind: "message"; message: NewInbound }
  | { kind: "change"; change: NewChange | NewDeletion }
  | { kind: "consent"; consent: NewVendorConsent }
  | { kind: "agent_reply"; reply: NewVendorReply };

/** The encrypted event (base64). */
export interface SealedEvent {
  tenantId: string;
  inlined: string;
}

export function sealInlined(vault: Vault, tenantId: string, event: InlinedEvent): string {
  return vault.sealForTenant(tenantId, "inlined", JSON.stringify(event)).toString("base64");
}

/** Stores an inlined event. A second call changes nothing, because each kind has its own dedupe key. */
export async function storeInlined(
  db: Queryable,
  vault: Vault,
  { tenantId, inlined }: SealedEvent,
): Promise<InlinedEvent["kind"]> {
  const json = vault.openForTenant(tenantId, "inlined", Buffer.from(inlined, "base64"));
  const event = JSON.parse(json, parseDates) as InlinedEvent;
  await storeEvent(db, vault, event);
  return event.kind;
}

async function storeEvent(db: Queryable, vault: Vault, event: InlinedEvent): Promise<unknown> {
  switch (event.kind) {
    case "message":
      return await storeInbound(db, vault, event.message);
    case "change":
      return await storeChange(db, vault, event.change);
    case "consent":
      return await storeVendorConsent(db, vault, event.consent);
    case "agent_reply":
      return await storeVendorReplyTo(db, vault, event.reply);
    default:
      // An ingress of a later release may know more kinds: the event is kept for an operator, who replays it.
      throw new Error("The kind of an inlined event is unknown.");
  }
}

const DATES: ReadonlySet<string> = new Set(["providerTime", "arrivedAt"]);

function parseDates(key: string, value: unknown): unknown {
  return DATES.has(key) && typeof value === "string" ? new Date(value) : value;
}
