import { createHmac } from "node:crypto";
import { z } from "zod";
import type { SharedPlace } from "../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type {
  InboundChannel,
  InboundEvent,
  InboundMedia,
  InboundMessage,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "./channel.ts";
import { hearAgent } from "./hear-agent.ts";
import {
  ignoreEvent,
  ignoreListed,
  parseJsonBody,
  STORED_TEXT,
  toFieldProblems,
  toInvalidEvent,
} from "./json-body.ts";
import { LINE_KINDS } from "./kinds/line-kinds.ts";
import { namesUnder } from "./kinds/kind-table.ts";
import { linePostback } from "./line/line-postback.ts";
import { formatPlaceholder } from "./placeholder.ts";
import { isEqual } from "../../infra/runtime/signatures/is-equal.ts";

const DAY_MS = 86_400_000;
const ID = z.string({ error: "must be an id" }).regex(/^[\w-]{1,64}$/, "must be an id of 1 to 64 characters");

/** LINE posts an empty list of events when its console checks the webhook. */
const BODY = z.looseObject(
  { destination: ID, events: z.array(z.unknown(), { error: "must be a list of events" }) },
  { error: "must be an object with destination and events" },
);
const EVENT = z.looseObject(
  {
    type: z.string({ error: "must be the event's type" }),
    mode: z.string().optional(),
    timestamp: z.unknown().optional(),
    source: z
      .looseObject({
        type: z.string(),
        userId: ID.optional(),
        groupId: ID.optional(),
        roomId: ID.optional(),
      })
      .optional(),
  },
  { error: "must be an object with type" },
);
type LineEvent = z.infer<typeof EVENT>;

const MENTION = z.looseObject({ index: z.int(), length: z.int(), isSelf: z.boolean().optional() });
const MESSAGE = z.looseObject(
  {
    id: ID,
    type: z.string({ error: "must be the message's type" }),
    text: STORED_TEXT.optional(),
    quotedMessageId: ID.optional().catch(undefined),
    mention: z.looseObject({ mentionees: z.array(MENTION).catch([]) }).optional(),
  },
  { error: "must be an object with id and type" },
);
type LineMessage = z.infer<typeof MESSAGE>;
const FILE = z.looseObject({ fileName: STORED_TEXT.optional() });
const LOCATION = z.looseObject({
  latitude: z.number({ error: "must be a number" }),
  longitude: z.number({ error: "must be a number" }),
  title: STORED_TEXT.optional(),
});
const STICKER = z.looseObject({ packageId: ID, stickerId: ID });
const UNSEND = z.looseObject({ unsend: z.looseObject({ messageId: ID }) });
const FOLLOW = z.looseObject({ follow: z.looseObject({ isUnblocked: z.boolean() }) });

/** LINE returns the content of these by the message's id. */
const FILE_KINDS: Readonly<Record<string, InboundMedia["kind"]>> = Object.freeze({
  image: "image",
  video: "video",
  audio: "audio",
  file: "document",
});

/** Events that need no answer. */
const OTHER_EVENTS = new Set(namesUnder(LINE_KINDS, "event"));

/** LINE's Messaging API: one body holds events of one bot, and comes again for some hours if redelivery is switched on. */
export const line: InboundChannel = {
  name: "line",
  // Contacts write a thought in two or three messages within two seconds.
  quietWindowMs: 1_500,
  acknowledgement: { status: 200, contentType: "text/plain", body: "OK" },
  verify: verifyLine,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const json = parseJsonBody(rawBody);
    if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
    const body = BODY.safeParse(json.value);
    if (!body.success) return { ok: false, problems: toFieldProblems(body.error) };
    const { destination, events } = body.data;
    if (account.externalId !== null && destination !== account.externalId)
      return { ok: false, problems: [{ field: "destination", message: "must be this account's bot" }] };
    const found = events.map((item, i) => readEvent(item, `events.${i}`, receivedAt));
    return { ok: true, events: found.map((event) => hearAgent(event, account)) };
  },
};

/** `X-Line-Signature` is the base64 of HMAC-SHA256(channel secret, raw body). No time and no URL are signed. */
function verifyLine({ headers, rawBody }: InboundRequest, account: ChannelAccount): SignatureVerdict {
  const signature = headers["x-line-signature"];
  if (Array.isArray(signature))
    return { ok: false, code: "header_repeated", detail: "X-Line-Signature may be there once." };
  if (!signature)
    return { ok: false, code: "signature_missing", detail: "The header X-Line-Signature is needed." };
  const secretIndex = account.secrets.inbound.findIndex((secret) => {
    const expected = createHmac("sha256", secret).update(rawBody).digest("base64");
    // An empty secret would make every signature valid that a stranger computes with it.
    return secret !== "" && isEqual(signature, expected);
  });
  if (secretIndex >= 0) return { ok: true, secretIndex };
  const detail =
    "X-Line-Signature does not match: check the channel secret, and that the raw bytes of the body arrive unchanged.";
  return { ok: false, code: "signature_invalid", detail };
}

function readEvent(item: unknown, place: string, receivedAt: Date): InboundEvent {
  const parsed = EVENT.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const event = parsed.data;
  // In standby another module of the same bot has the conversation.
  if (event.mode === "standby") return ignoreEvent("standby");
  const { type } = event;
  if (type === "message") return readMessage(event, place, receivedAt);
  if (type === "postback") {
    const providerTime = readTime(event, receivedAt);
    return linePostback(event, { place, source: findSource(event), providerTime });
  }
  if (type === "unsend") return readUnsend(event, place, receivedAt);
  if (type === "follow" || type === "unfollow") return readConsent(event, receivedAt);
  return ignoreListed("event", type, OTHER_EVENTS);
}

/** The contact, and the group or room; null where LINE does not say who wrote (contacts of a group may withhold it). */
function findSource({ source }: LineEvent): { from: string; thread?: string } | null {
  const from = source?.userId;
  const thread = source?.groupId ?? source?.roomId;
  if (from === undefined) return null;
  return thread === undefined ? { from } : { from, thread };
}

function readMessage(event: LineEvent, place: string, receivedAt: Date): InboundEvent {
  const parsed = MESSAGE.safeParse(event["message"]);
  if (!parsed.success) return toInvalidEvent(parsed.error, `${place}.message`);
  const message = parsed.data;
  const source = findSource(event);
  if (source === null) return ignoreEvent("message.no_user");
  const own = message.mention?.mentionees.find(({ isSelf }) => isSelf === true);
  const media = readMedia(message);
  if (media instanceof z.ZodError) return toInvalidEvent(media, `${place}.message`);
  const isUnknown = media === null && message.type !== "text";
  return {
    kind: "message",
    providerMessageId: message.id,
    ...source,
    ...(source.thread === undefined ? {} : { shared: readShared(message, own !== undefined) }),
    text: own === undefined ? (message.text ?? "") : removeMention(message.text ?? "", own),
    // LINE may add kinds of messages, and one that is not known yet is from a contact who waits.
    ...(isUnknown ? explainUnknown(message.type) : { origin: "typed" }),
    ...(media === null ? {} : { media: [media] }),
    providerTime: readTime(event, receivedAt),
  };
}

function explainUnknown(type: string): Pick<InboundMessage, "text" | "origin" | "treatment"> {
  const text = formatPlaceholder("unknown message", type.replaceAll(/\W/g, " "));
  return { text, origin: "placeholder", treatment: "explain" };
}

/** LINE posts every message of a group, and does not say whose message a quotation is. */
function readShared({ quotedMessageId: repliesTo }: LineMessage, isNamed: boolean): SharedPlace {
  return { kind: "group", isNamed, ...(repliesTo === undefined ? {} : { repliesTo }) };
}

/** The bot's own name is no part of the question. */
function removeMention(text: string, { index, length }: z.infer<typeof MENTION>): string {
  return `${text.slice(0, index).trimEnd()} ${text.slice(index + length).trimStart()}`.trim();
}

function readMedia(message: LineMessage): InboundMedia | null | z.ZodError {
  if (message.type === "location") {
    const place = LOCATION.safeParse(message);
    if (!place.success) return place.error;
    const { latitude, longitude, title = null } = place.data;
    // RFC 5870: the standard form of a place as a reference.
    return { kind: "location", contentType: null, ref: `geo:${latitude},${longitude}`, name: title };
  }
  if (message.type === "sticker") {
    const sticker = STICKER.safeParse(message).data;
    // A sticker has no content at LINE. These two ids are its name in LINE's catalogue.
    const ref = sticker === undefined ? null : `${sticker.packageId}/${sticker.stickerId}`;
    return { kind: "sticker", contentType: null, ref, name: null };
  }
  const kind = Object.hasOwn(FILE_KINDS, message.type) ? FILE_KINDS[message.type] : undefined;
  if (kind === undefined) return null;
  return { kind, contentType: null, ref: message.id, name: FILE.safeParse(message).data?.fileName ?? null };
}

function readUnsend(event: LineEvent, place: string, receivedAt: Date): InboundEvent {
  const parsed = UNSEND.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const source = findSource(event);
  if (source === null) return ignoreEvent("unsend.no_user");
  const { messageId } = parsed.data.unsend;
  const ids = { changeId: `unsend:${messageId}`, targetMessageId: messageId };
  const change = { kind: "delete", ...ids, ...source, text: "" } as const;
  const providerTime = readTime(event, receivedAt);
  // Also comes for the messages of a group that do not mention the bot, and those are not stored.
  return source.thread === undefined
    ? { ...change, providerTime }
    : { ...change, providerTime, needsStoredMessage: true };
}

/**
 * A contact who blocks the bot unfollows it. A follow ends that block and no other opt-out. Without a block before it, it is not a
 * consent: the contact has not asked for anything yet.
 */
function readConsent(event: LineEvent, receivedAt: Date): InboundEvent {
  const source = findSource(event);
  if (source === null || source.thread !== undefined) return ignoreEvent(`${event.type}.no_user`);
  const consent = { kind: "consent", from: source.from, providerTime: readTime(event, receivedAt) } as const;
  if (event.type === "unfollow") return { ...consent, state: "opted_out", source: "blocked" };
  const isUnblocked = FOLLOW.safeParse(event).data?.follow.isUnblocked === true;
  const follow = { ...consent, state: "opted_in", source: "unblocked", endsOnly: "blocked" } as const;
  // A contact who removed the bot and adds it again may follow without `isUnblocked`.
  return isUnblocked ? follow : { ...follow, needsOptOut: true };
}

/** Milliseconds since 1970; null before 1970, or more than a day ahead of us. */
function readTime({ timestamp }: LineEvent, receivedAt: Date): Date | null {
  const isTime =
    typeof timestamp === "number" && timestamp >= 0 && timestamp <= receivedAt.getTime() + DAY_MS;
  return isTime ? new Date(timestamp) : null;
}
