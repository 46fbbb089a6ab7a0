import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { pauseConversation, resumeConversation } from "../../../db/conversations/pause.ts";
import {
  handBackConversation,
  handBackIdleVendorTakeovers,
  takeOverConversation,
} from "../../../db/conversations/takeover.ts";
import {
  bringForwardRecovered,
  recordEndpointFailure,
  recordEndpointSuccess,
} from "../../../db/events/endpoint-health.ts";
import { resendEvent, resendFailed, settleEventDelivery } from "../../../db/events/event-deliveries.ts";
import { claimFirstAttempts, unclaimDeliveries } from "../../../db/events/claim-deliveries.ts";
import {
  leaveToWorkflows,
  leaveLostToWorkflows,
  settleFirstSuccesses,
} from "../../../db/events/first-attempts.ts";
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
  listIndexVersions,
  promoteIndexVersion,
  removeIndexVersion,
} from "../../../db/knowledge/index-versions.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { turns } from "../../../db/schema/turns.ts";
import { openAgentReply } from "../../../db/turns/agent-replies.ts";
import { pauseShared } from "../../../db/agents/shared-places.ts";
import { storeVendorReply } from "../../../db/turns/agent-replies.ts";
import { newVersion } from "./reach-every-move.ts";
import type { World } from "./world.ts";

/** A choice without a meaning of its own: each `pick` takes the next one from the same number. */
export type Pick = <const Item>(items: readonly Item[]) => Item;

const CONTACTS = ["contact-1", "contact-2"];
const AGENTS = ["ada", "bea"];

/** Operations on whatever rows there are. Where an operation needs a row and finds none it does nothing. */
export const OPERATIONS: Readonly<Record<string, (world: World, pick: Pick) => Promise<unknown>>> = {
  store: (world, pick) => world.store(pick(CONTACTS), pick([null, null, "empty_text"])),
  openReply: (world) => world.openReply(randomUUID()),
  takeBack: withMessage(async (world, row, pick) => await world.takeBack(pick(CONTACTS), row)),
  acquire: withMessage(async (world, row) => await world.acquire(row)),
  record: withTurn(async (world, { id }) => await world.record(id, ["One.", "Two."])),
  finish: withTurn(async (world, { id }, pick) => {
    await world.finish(id, pick(["answered", "suppressed", "failed", "superseded"]));
  }),
  replay: withTurn(async (world, { id }) => await world.replay(id)),
  gate: withPart(
    async (world, part, pick) => await world.gate(part, pick(["send", "send", "suppress", "supersede"])),
  ),
  settle: withPart(async (world, part, pick) => {
    const state = pick(["accepted", "intended", "sending", "unknown", "refused"]);
    await world.settle(part, state);
  }),
  receive: withPart(async (world, part, pick) => {
    await world.receive(part, pick(["sent", "delivered", "read", "failed"]), pick([true, false]));
  }),
  receiveWatermark: withPart(async (world, part, pick) => {
    await world.receiveWatermark(part, pick(["delivered", "read"]));
  }),
  takeOver: withMessage(async ({ db }, { conversationId }, pick) => {
    await takeOverConversation(db, conversationId, pick(AGENTS));
  }),
  reply: withMessage(async ({ db, vault, tenantId }, { conversationId }, pick) => {
    const reply = { key: randomUUID(), agent: pick(AGENTS), text: "Hello" };
    await openAgentReply(db, vault, { tenantId, conversationId, ...reply });
  }),
  handBack: withMessage(async ({ db }, { conversationId }) => await handBackConversation(db, conversationId)),
  answerInVendorInbox: withMessage(async ({ db, vault, tenantId }, { conversationId }) => {
    const owner = await findConversationOwner(db, tenantId, conversationId);
    const reply = { providerMessageId: randomUUID(), text: "Hello", providerTime: null };
    await storeVendorReply(db, vault, owner, reply);
  }),
  handBackIdle: ({ db }) => handBackIdleVendorTakeovers(db, { idleMs: 0, limit: 100 }),
  pause: withMessage(async ({ db }, { conversationId }, pick) => {
    await pauseConversation(db, conversationId, pick(["operator", "loop", "handoff"]));
  }),
  pauseShared: withMessage(async ({ db, tenantId }, { conversationId }, pick) => {
    await pauseShared(db, { tenantId, conversationId }, pick(["now", null]));
  }),
  resume: withMessage(async ({ db }, { conversationId }) => await resumeConversation(db, conversationId)),
  relay: ({ db }) => relayEvents(db, 100),
  ping: ({ db, endpoint }) => pingEventEndpoint(db, endpoint),
  settleEvent: withEventDelivery(async ({ db }, delivery, pick) => {
    const results = [
      { state: "delivered", code: null },
      { state: "failed", code: "http_500" },
      { state: "pending", code: "http_500", waitMs: 0 },
    ] as const;
    await settleEventDelivery(db, delivery, pick(results));
  }),
  settleFirst: withEventDelivery(async ({ db }, delivery) => await settleFirstSuccesses(db, [delivery])),
  leaveToWorkflow: async ({ db }) => await leaveToWorkflows(db, await claimFirstAttempts(db, CLAIM)),
  leaveLostToWorkflow: async ({ db }) => {
    await claimFirstAttempts(db, CLAIM);
    await leaveLostToWorkflows(db, { claimMs: 0, limit: 1 });
  },
  unclaim: async ({ db }) => await unclaimDeliveries(db, await claimFirstAttempts(db, CLAIM)),
  heal: async ({ db, endpoint }) => {
    await recordEndpointFailure(db, endpoint.id, { throttleMs: 0 });
    await recordEndpointSuccess(db, endpoint.id);
    await bringForwardRecovered(db, 100);
  },
  resend: withEventDelivery(async ({ db }, delivery) => await resendEvent(db, delivery)),
  resendFailed: ({ db, endpoint }) => resendFailed(db, { endpointId: endpoint.id, since: new Date(0) }),
  disable: ({ db, endpoint }) => disableEventEndpoint(db, endpoint, "operator"),
  enable: ({ db, endpoint }) => enableEventEndpoint(db, endpoint),
  addVersion: ({ db }) => addIndexVersion(db, newVersion()),
  beginBuilding: withVersion(async ({ db }, id) => await beginBuilding(db, id)),
  abandon: withVersion(async ({ db }, id) => await abandonBuilding(db, id)),
  promote: withVersion(async ({ db }, id) => await promoteIndexVersion(db, id)),
  removeVersion: withVersion(async ({ db }, id) => await removeIndexVersion(db, id)),
};

const CLAIM = { rows: 1, perEndpoint: 9, perTenant: 9, inAll: 9, countedMs: 0 };

/** Operations meet at few rows, so that each row makes many moves. */
const NEWEST = 3;

type Use<Row> = (world: World, row: Row, pick: Pick) => Promise<unknown>;

function withRow<Row>(list: (world: World) => Promise<Row[]>, use: Use<Row>) {
  return async (world: World, pick: Pick) => {
    const rows = (await list(world)).slice(-NEWEST);
    if (rows.length > 0) await use(world, pick(rows), pick);
  };
}

function withMessage(use: Use<typeof inbox.$inferSelect>) {
  const list = async ({ db, tenantId }: World) =>
    await db.select().from(inbox).where(eq(inbox.tenantId, tenantId)).orderBy(inbox.receivedAt);
  return withRow(list, use);
}

function withTurn(use: Use<typeof turns.$inferSelect>) {
  const list = async ({ db, tenantId }: World) =>
    await db.select().from(turns).where(eq(turns.tenantId, tenantId)).orderBy(turns.openedAt);
  return withRow(list, use);
}

/** The parts of the newest turns. */
function withPart(use: Use<typeof deliveries.$inferSelect>) {
  return withTurn(async (world, { id }, pick) => {
    const parts = await world.db.select().from(deliveries).where(eq(deliveries.turnId, id));
    if (parts.length > 0) await use(world, pick(parts), pick);
  });
}

function withEventDelivery(use: Use<typeof eventDeliveries.$inferSelect>) {
  const list = async ({ db, tenantId }: World) =>
    await db.select().from(eventDeliveries).where(eq(eventDeliveries.tenantId, tenantId));
  return withRow(list, use);
}

function withVersion(use: Use<string>) {
  return withRow(async ({ db }) => (await listIndexVersions(db)).map(({ id }) => id), use);
}
