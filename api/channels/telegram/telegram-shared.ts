import { z } from "zod";
import type { SharedPlace } from "../../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";

const ENTITY = z.looseObject({
  type: z.string(),
  offset: z.int().min(0),
  length: z.int().min(1),
  user: z.looseObject({ id: TELEGRAM_ID }).optional().catch(undefined),
});
const ENTITIES = z.array(ENTITY.optional().catch(undefined)).catch([]);
const REPLY = z
  .looseObject({
    message_id: TELEGRAM_ID,
    from: z.looseObject({ id: TELEGRAM_ID }).optional().catch(undefined),
    sender_chat: z.looseObject({ id: TELEGRAM_ID }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);
const ADDRESSING = z.looseObject({
  text: z.string().optional().catch(undefined),
  caption: z.string().optional().catch(undefined),
  entities: ENTITIES,
  caption_entities: ENTITIES,
  reply_to_message: REPLY,
  message_thread_id: z.unknown().optional(),
  is_topic_message: z.unknown().optional(),
});
type Entity = z.infer<typeof ENTITY>;

/** Telegram's rule for the names of bots. Only a name that was bought may have another end. */
const BOT_NAME = /bot$/i;

/**
 * How a message in a group is meant. With the privacy mode of Telegram a bot gets only what is for it; an administrator, or a bot without
 * this mode, gets everything.
 */
export function telegramShared(message: object, account: ChannelAccount): SharedPlace {
  const fields = ADDRESSING.parse(message);
  const isNamed = findNames(fields, account).length > 0;
  const reply = isTopicStart(fields) ? undefined : fields.reply_to_message;
  const repliedTo = reply?.sender_chat?.id ?? reply?.from?.id;
  if (repliedTo === undefined) return { kind: "group", isNamed };
  if (isBot(repliedTo, account)) return { kind: "group", isNamed, repliesToUs: true };
  return { kind: "group", isNamed, repliesToContact: String(repliedTo) };
}

/** The text without the names of the bot, which are no part of the question. */
export function removeNames(text: string, message: object, account: ChannelAccount): string {
  const fields = ADDRESSING.parse(message);
  if (text !== (fields.text ?? fields.caption)) return text;
  return findNames(fields, account)
    .toReversed()
    .reduce((rest, { start, end }) => cut(rest, start, end), text)
    .trim();
}

interface Name {
  start: number;
  end: number;
}

/** Where the text names the bot: "@name", its linked name, a command. Of a command only "@name" is its name. */
function findNames(fields: z.infer<typeof ADDRESSING>, account: ChannelAccount): Name[] {
  const text = fields.text ?? fields.caption ?? "";
  const entities = fields.text === undefined ? fields.caption_entities : fields.entities;
  return entities.flatMap((entity) => {
    if (entity === undefined) return [];
    const name = readName(entity, text);
    const end = entity.offset + entity.length;
    if (name === null)
      return entity.user !== undefined && isBot(entity.user.id, account)
        ? [{ start: entity.offset, end }]
        : [];
    // A command without a name is for every bot of the group.
    if (name === "") return [{ start: end, end }];
    return isOwnName(name, account) ? [{ start: end - name.length - 1, end }] : [];
  });
}

/** The name after "@"; "" for a command without a name; null for anything else. */
function readName({ type, offset, length }: Entity, text: string): string | null {
  const words = text.slice(offset, offset + length);
  if (type === "mention") return words.slice(1);
  if (type === "bot_command") return words.split("@")[1] ?? "";
  return null;
}

function isOwnName(name: string, { settings: { names } }: ChannelAccount): boolean {
  if (names === undefined) return BOT_NAME.test(name);
  return names.some((own) => own.toLowerCase() === name.toLowerCase());
}

function isBot(id: number, { externalId, address }: ChannelAccount): boolean {
  return String(id) === (externalId ?? address);
}

/** Each message in a topic also replies to the message that began the topic. */
function isTopicStart({
  reply_to_message: reply,
  message_thread_id: topic,
  is_topic_message: isTopic,
}: z.infer<typeof ADDRESSING>): boolean {
  return isTopic === true && reply?.message_id === topic;
}

function cut(text: string, start: number, end: number): string {
  return start === end ? text : `${text.slice(0, start).trimEnd()} ${text.slice(end).trimStart()}`;
}
