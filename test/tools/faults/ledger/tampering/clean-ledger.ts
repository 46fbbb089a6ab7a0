import type { Received } from "../../../../../infra/cli/demo/receivers.ts";
import { markerOf } from "../../load/marker.ts";
import { emptyLedger, type MutableLedger, newReplyPart, offeredMessage } from "./build-ledger.ts";

type Channel = "webhook" | "telegram";

const CONTACTS: readonly { name: string; channel: Channel; messages: number }[] = [
  { name: "ada", channel: "webhook", messages: 3 },
  { name: "bob", channel: "telegram", messages: 2 },
  ...Array.from({ length: 20 }, (_, i) => ({ name: `one-${i}`, channel: "webhook" as const, messages: 1 })),
];

/** Each contact got one reply per message, in order; one forged post was rejected. */
export function cleanLedger(): MutableLedger {
  const ledger = emptyLedger();
  let messageNumber = 0;
  for (const { name, channel, messages } of CONTACTS) {
    const markers: string[] = [];
    for (let i = 0; i < messages; i++) {
      const [id, at] = [`${name}-${i}`, 10_000 * messageNumber + 1_000];
      // Every second send uses the connection of the send before it.
      const peerPort = 40_000 + Math.floor(messageNumber / 2);
      const marker = markerOf(messageNumber++);
      markers.push(marker);
      ledger.offered.push(offeredMessage({ providerMessageId: id, from: name, channel, marker, at }));
      ledger.inbox.push({
        channel,
        providerMessageId: id,
        workflowId: `w-${id}`,
        conversationId: `c-${name}`,
        seq: 2 * i + 1,
        state: "answered",
        reason: null,
        turnId: `t-${id}`,
        committedAt: at + 5,
      });
      ledger.modelCalls.push({ at: at + 100, status: 200, markers: [...markers] });
      ledger.turns.push({
        id: `t-${id}`,
        conversationId: `c-${name}`,
        openedAt: at + 50,
        state: "closed",
        outcome: "answered",
        plan: "answer",
        notice: null,
        tier: "full_context",
        reroutedFrom: null,
        replyCommittedAt: at + 200,
      });
      const part = { id: `p-${id}`, turnId: `t-${id}`, providerId: `v-${id}`, firstAttemptAt: at + 300 };
      ledger.replyParts.push(newReplyPart(part));
      ledger.sends.push(send({ id: `v-${id}`, to: name, channel, at: at + 310, inReplyTo: [id], peerPort }));
      const event = { id: `e-${id}`, type: "message.answered", code: null, attempts: 1, isDeferred: false };
      ledger.events.push({ ...event, state: "delivered" });
      ledger.arrivedEvents.push(event.id);
      ledger.departures.push({ pid: 1, path: "/send", port: peerPort, at: at + 305 });
    }
    ledger.conversations.push({ id: `c-${name}`, lines: 2 * messages, lastSeq: 2 * messages });
  }
  addDeeds(ledger);
  addForged(ledger);
  return ledger;
}

function addForged(ledger: MutableLedger): void {
  const forged = {
    providerMessageId: "forged",
    from: "mallory",
    channel: "webhook" as const,
    marker: markerOf(500),
  };
  ledger.offered.push({
    ...offeredMessage({ ...forged, at: 5 }),
    forged: true,
    acknowledgedAt: null,
    attempts: [{ at: 5, endedAt: 6, status: 401 }],
  });
}

/** Half of the contacts with one message opt out after the answer, and an agent takes over the others. */
function addDeeds(ledger: MutableLedger): void {
  for (const i of Array.from({ length: 20 }).keys()) {
    const last = ledger.sends.find(({ to }) => to === `one-${i}`);
    ledger.deeds.push({
      does: i % 2 === 0 ? "stop" : "take_over",
      channel: "webhook",
      addresses: [`one-${i}`],
      providerMessageId: `one-${i}-0`,
      beganAt: (last?.at ?? 0) + 90,
      acknowledgedAt: (last?.at ?? 0) + 100,
    });
  }
}

function send({
  inReplyTo,
  ...fields
}: Pick<Received, "id" | "to" | "at" | "inReplyTo" | "peerPort"> & { channel: Channel }) {
  // Only webhooks say which message they reply to.
  const repliesTo = fields.channel === "webhook" ? inReplyTo : [];
  return { ...fields, text: `Reply ${fields.id}`, signatureOk: true, inReplyTo: repliesTo };
}
