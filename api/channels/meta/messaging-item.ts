import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { messagingTime, type MessagingContext, type MessagingItem } from "./messaging-context.ts";
import { messagingEdit } from "./messaging-edit.ts";
import { messagingMessage } from "./messaging-message.ts";
import { messagingForm, messagingOrder } from "./messaging-order.ts";
import { messagingPostback } from "./messaging-postback.ts";
import { messagingReceipts } from "./messaging-receipts.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { INSTAGRAM_KINDS, MESSENGER_KINDS } from "../kinds/meta-messaging-kinds.ts";
import { META_ID } from "./meta-body.ts";

const ITEM = z.record(z.string(), z.unknown(), { error: "must be an object with sender and message" });
const PARTY = z.looseObject({ id: META_ID }, { error: "must be an object with id" });
const BETWEEN = z.looseObject({ sender: PARTY, recipient: PARTY.optional().catch(undefined) });

type Reader = (value: unknown, item: MessagingItem) => InboundEvent[];

/** Readers by the one field of an item that is not about its parties. */
const READERS: Readonly<Record<string, Reader>> = Object.freeze({
  message: (value, item) => [messagingMessage(value, item)],
  postback: (value, item) => [messagingPostback(value, item)],
  order: (value, item) => [messagingOrder(value, item)],
  form_id: (value, item) => [messagingForm(value, item)],
  message_edit: (value, item) => [messagingEdit(value, item)],
  delivery: (value, item) => messagingReceipts(value, { field: "delivery", state: "delivered" }, item),
  read: (value, item) => messagingReceipts(value, { field: "read", state: "read" }, item),
} satisfies Record<string, Reader>);

/** Kinds that need no answer. Any other unknown kind is counted as `item.<name>`. */
const NOT_ANSWERED = [...MESSENGER_KINDS, ...INSTAGRAM_KINDS]
  .filter(({ kind, treatment }) => treatment === "ignored" && !kind.includes("."))
  .map(({ kind }) => kind);
const FRAME = new Set(["sender", "recipient", "timestamp"]);

/** One item of `messaging[]`: usually one event, several where a receipt names several messages. */
export function messagingItem(value: unknown, context: MessagingContext): InboundEvent[] {
  const { place, receivedAt } = context;
  const fields = ITEM.safeParse(value);
  if (!fields.success) return [toInvalidEvent(fields.error, place)];
  const field = Object.keys(READERS).find((name) => Object.hasOwn(fields.data, name));
  const read = field === undefined ? undefined : READERS[field];
  // Some of these have no sender, so the sender is not checked.
  if (field === undefined || read === undefined) return [ignoreEvent(nameOf(fields.data))];
  // Instagram reports the original of a message as its edit number 0, without the sender.
  if (field === "message_edit" && !Object.hasOwn(fields.data, "sender"))
    return [ignoreEvent("edit_without_sender")];
  const between = BETWEEN.safeParse(fields.data);
  if (!between.success) return [toInvalidEvent(between.error, place)];
  const { timestamp } = fields.data;
  const { sender, recipient } = between.data;
  // Of the page's or account's own actions, only its messages may come from an agent.
  if (sender.id === context.ownId && field !== "message") return [ignoreEvent("echo")];
  const happenedAt = messagingTime(timestamp, receivedAt);
  return read(fields.data[field], { ...context, from: sender.id, to: recipient?.id, timestamp, happenedAt });
}

function nameOf(fields: Readonly<Record<string, unknown>>): string {
  const known = NOT_ANSWERED.find((name) => Object.hasOwn(fields, name));
  return known ?? `item.${Object.keys(fields).find((name) => !FRAME.has(name)) ?? "empty"}`;
}
