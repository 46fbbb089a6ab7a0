import { type NewAgentReply, storeAgentReply } from "../agents/store-agent-reply.ts";
import { storeShared } from "../agents/store-shared.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { type NewVendorConsent, storeVendorConsent } from "../contacts/vendor-consents.ts";
import { storeInbound } from "./inbox.ts";
import type { NewInbound } from "./new-inbound.ts";
import { type NewChange, type SharedChange, storeChange } from "./message-changes.ts";

/** An inbound event that an ingress could not store, as it travels in the start of a workflow. */
export type InlinedEvent =
  | { kind: "message"; message: NewInbound }
  | { kind: "change"; change: NewChange | SharedChange }
  | { kind: "consent"; consent: NewVendorConsent }
  | { kind: "agent_reply"; reply: NewAgentReply };

/** The encrypted event (base64). */
export interface SealedEvent {
  tenantId: string;
  inlined: string;
}

export function sealInlined(vault: Vault, tenantId: string, event: InlinedEvent): string {
  return vault.sealForTenant(tenantId, "inlined", JSON.stringify(event)).toString("base64");
}

/**
 * Stores an inlined event. A second call changes nothing, because each kind has its own dedupe key. `not_addressed`: a message in a shared
 * place that is not for the assistant, and is not stored.
 */
export async function storeInlined(
  db: Queryable,
  vault: Vault,
  { tenantId, inlined }: SealedEvent,
): Promise<InlinedEvent["kind"] | "not_addressed"> {
  const json = vault.openForTenant(tenantId, "inlined", Buffer.from(inlined, "base64"));
  const event = JSON.parse(json, parseDates) as InlinedEvent;
  const isStored = await storeEvent(db, vault, event);
  return isStored ? event.kind : "not_addressed";
}

/** False for a message that is not for the assistant. */
async function storeEvent(db: Queryable, vault: Vault, event: InlinedEvent): Promise<boolean> {
  switch (event.kind) {
    case "message":
      return await storeMessage(db, vault, event.message);
    case "change":
      await storeChange(db, vault, event.change);
      return true;
    case "consent":
      await storeVendorConsent(db, vault, event.consent);
      return true;
    case "agent_reply":
      await storeAgentReply(db, vault, event.reply);
      return true;
    default:
      // An ingress of a later release may know more kinds: the event is kept for an operator, who replays it.
      throw new Error("The kind of an inlined event is unknown.");
  }
}

async function storeMessage(db: Queryable, vault: Vault, { shared, ...message }: NewInbound) {
  if (shared !== undefined) return (await storeShared(db, vault, { ...message, shared })).stored !== null;
  await storeInbound(db, vault, message);
  return true;
}

const DATES: ReadonlySet<string> = new Set(["providerTime", "arrivedAt"]);

function parseDates(key: string, value: unknown): unknown {
  return DATES.has(key) && typeof value === "string" ? new Date(value) : value;
}
