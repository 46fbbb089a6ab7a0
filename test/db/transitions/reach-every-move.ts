import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { pauseConversation, type PauseReason, resumeConversation } from "../../../db/conversations/pause.ts";
import {
  handBackConversation,
  handBackIdleVendorTakeovers,
  takeOverConversation,
} from "../../../db/conversations/takeover.ts";
import type { AttemptOutcome } from "../../../db/delivery/settle-attempt.ts";
import type { NewReceipt } from "../../../db/delivery/receipts.ts";
import { resendEvent, resendFailed, settleEventDelivery } from "../../../db/events/event-deliveries.ts";
import {
  disableEventEndpoint,
  enableEventEndpoint,
  pingEventEndpoint,
} from "../../../db/events/event-endpoints.ts";
import { relayEvents } from "../../../db/events/outgoing-events.ts";
import {
  abandonBuilding,
  addIndexVersion,
  beginBuilding,
  promoteIndexVersion,
} from "../../../db/knowledge/index-versions.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { pauseShared } from "../../../db/agents/shared-places.ts";
import { storeVendorReply } from "../../../db/turns/agent-replies.ts";
import type { World } from "./world.ts";

/** Brings rows through every move of every table, by the operations that make the moves. */
export async function reachEveryMove(world: World): Promise<void> {
  await reachInboxMoves(world);
  await reachDeliveryMoves(world);
  await reachReceiptMoves(world);
  await reachConversationMoves(world);
  await reachEventDeliveryMoves(world);
  await reachIndexVersionMoves(world);
}

async function reachInboxMoves({ store, takeBack, acquire, finish, openReply, gate, settle, replay }: World) {
  await store("inbox", "empty_text");
  await takeBack("inbox", await store("inbox"));
  const row = await store("inbox");
  await finish((await acquire(row)) ?? "", "superseded");
  const failed = (await acquire(row)) ?? "";
  await finish(failed, "failed");
  await replay(failed);
  await finish((await acquire(row)) ?? "", "suppressed");

  // A reply that fails, is replayed, is stopped by the gate and is replayed again.
  const { turnId, part } = await openReply("inbox");
  await gate(part, "send");
  await settle({ ...part, attempt: 1 }, "refused");
  await finish(turnId, "failed");
  await replay(turnId);
  await gate({ ...part, attempt: 1 }, "suppress");
  await finish(turnId, "suppressed");
  await replay(turnId);
  await finish(turnId, "answered");
}

type DeliveryState = AttemptOutcome["state"] | "suppressed";

/** The states of a part before it is accepted. */
const UNACCEPTED = ["intended", "sending", "unknown", "refused", "suppressed"] as const;

async function reachDeliveryMoves(world: World) {
  const { gate, settle, receive, finish, replay, requirePart } = world;
  for (const state of UNACCEPTED) {
    const { part } = await openPartIn(world, state);
    await settle(part, "accepted");
  }
  for (const state of ["intended", "sending", "unknown"] as const) {
    const confirmed = await openPartIn(world, state);
    await receive(confirmed.part, "sent", true);
    const refused = await openPartIn(world, state);
    await settle(refused.part, "refused");
  }
  for (const act of ["send", "suppress"] as const)
    for (const state of ["intended", "sending"] as const)
      await gate((await openPartIn(world, state)).part, act);
  await settle((await openPartIn(world, "sending")).part, "intended");
  for (const state of ["unknown", "refused"] as const) {
    const { turnId } = await openPartIn(world, state);
    await finish(turnId, "failed");
    await replay(turnId);
    await gate(await requirePart(turnId), "suppress");
    await finish(turnId, "suppressed");
    await replay(turnId);
  }
}

/** A new reply in a conversation of its own, with its one part in this state after one attempt. */
async function openPartIn(world: World, state: DeliveryState) {
  const { turnId, part } = await world.openReply(randomUUID());
  await world.gate(part, "send");
  const attempted = { ...part, attempt: part.attempt + 1 };
  if (state === "suppressed") await world.gate(attempted, "suppress");
  else if (state !== "sending") await world.settle(attempted, state);
  return { turnId, part: attempted };
}

async function reachReceiptMoves(world: World) {
  const order: NewReceipt["state"][] = ["sent", "failed", "delivered", "read"];
  for (const [i, to] of order.entries())
    for (const from of [null, ...order.slice(0, i)]) {
      const { part } = await openPartIn(world, "accepted");
      if (from !== null) await world.receive(part, from);
      if (to === "delivered") await world.receiveWatermark(part, to);
      else await world.receive(part, to);
    }
}

async function reachConversationMoves({ db, vault, tenantId, store }: World) {
  const { conversationId } = await store("conversation");
  const resume = async (reason: PauseReason) => {
    await pauseConversation(db, conversationId, reason);
    await resumeConversation(db, conversationId);
  };
  for (const reason of ["operator", "loop", "handoff"] as const) {
    await resume(reason);
    await pauseShared(db, { tenantId, conversationId }, "now");
    await resume(reason);
  }
  await pauseShared(db, { tenantId, conversationId }, null);
  await resumeConversation(db, conversationId);
  await pauseConversation(db, conversationId, "handoff");
  await takeOverConversation(db, conversationId, "ada");
  await handBackConversation(db, conversationId);
  const owner = { ...(await findConversationOwner(db, tenantId, conversationId)), tenantId };
  const answerInVendorInbox = async () =>
    await storeVendorReply(db, vault, owner, {
      providerMessageId: randomUUID(),
      text: "Hello",
      providerTime: null,
    });
  await answerInVendorInbox();
  await handBackConversation(db, conversationId);
  await answerInVendorInbox();
  await handBackIdleVendorTakeovers(db, { idleMs: 0, limit: 100 });
}

async function reachEventDeliveryMoves({ db, tenantId, endpoint }: World) {
  await relayEvents(db, 1_000);
  await pingEventEndpoint(db, endpoint);
  const endpointId = endpoint.id;
  const waiting = and(eq(eventDeliveries.tenantId, tenantId), eq(eventDeliveries.state, "pending"));
  const [first, second] = await db.select().from(eventDeliveries).where(waiting).limit(2);
  if (first === undefined || second === undefined) throw new Error("No events wait.");
  await settleEventDelivery(db, first, { state: "delivered", code: null });
  await settleEventDelivery(db, second, { state: "failed", code: "http_500" });
  for (const { eventId } of [first, second]) await resendEvent(db, { tenantId, eventId, endpointId });
  await disableEventEndpoint(db, endpoint, "operator");
  await enableEventEndpoint(db, endpoint);
  await resendFailed(db, { endpointId, since: new Date(0) });
}

async function reachIndexVersionMoves({ db }: World) {
  const [first, second] = [newVersion(), newVersion()];
  await addIndexVersion(db, first);
  await addIndexVersion(db, second);
  await promoteIndexVersion(db, second.id);
  await beginBuilding(db, first.id);
  await abandonBuilding(db, first.id);
}

export function newVersion() {
  const id = randomUUID();
  return { id, embeddingModel: "m", dimensions: 3, pineconeIndex: id };
}
