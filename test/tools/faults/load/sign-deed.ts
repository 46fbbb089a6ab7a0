import { randomBytes } from "node:crypto";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import { createJsonPost } from "../../../../infra/sandbox/fakes/contacts/json-post.ts";
import type { SignedPost } from "../../../../infra/sandbox/fakes/contacts/fake-contacts.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import {
  metaSignature,
  slackSignature,
  standardWebhookSignature,
  telegramSignature,
} from "../../../support/channels/vendor-signature.ts";
import type { PlannedMessage } from "./message-plan.ts";

/** Signs what the contact does, as the vendor reports it. `target` is the message that an edit or a deletion changes. */
export async function signDeed(
  config: Config,
  message: PlannedMessage,
  target: string | null,
): Promise<SignedPost> {
  const { channel, shape, does = "write" } = message;
  if (does === "edit" || does === "delete") {
    const sign = CHANGES[channel];
    if (sign === undefined || target === null) throw new Error(`The loader cannot ${does} on ${channel}.`);
    return sign(config, message, target);
  }
  if (shape?.kind === "group") return signGroupMessage(config, message, shape.chat);
  if (shape?.kind === "whatsapp_ids") return signWhatsapp(config, message, shape);
  if (does === "press") return signWhatsapp(config, message, { phone: message.from, userId: null });
  return await findContacts(channel).signMessage(config, message);
}

/** The channels whose vendor reports changes, of those that the loader uses. Telegram reports no deletions. */
const CHANGES: Readonly<
  Record<string, (config: Config, message: PlannedMessage, target: string) => SignedPost>
> = {
  webhook(config, { does, from, text }, target) {
    const id = `change_${randomBytes(12).toString("hex")}`;
    const data = does === "delete" ? { id: target, from } : { id: target, from, text };
    const type = does === "delete" ? "message.deleted" : "message.edited";
    return createJsonPost(config, {
      channel: "webhook",
      providerMessageId: id,
      content: { type, timestamp: new Date().toISOString(), data },
      createSignatureHeaders: (rawBody) =>
        standardWebhookSignature({
          ...signing(rawBody, config.WEBHOOK_SECRET),
          id,
        }),
    });
  },
  slack(config, { does, from: user, text }, target) {
    const [channel = "", ts = ""] = target.split(":");
    const now = (Date.now() / 1_000).toFixed(6);
    const previous = { type: "message", user, ts, text: "before" };
    const common = { type: "message", channel, channel_type: "im", ts: now };
    const event =
      does === "delete"
        ? { ...common, subtype: "message_deleted", deleted_ts: ts, previous_message: previous }
        : {
            ...common,
            subtype: "message_changed",
            message: { ...previous, text },
            previous_message: previous,
          };
    const id = `Ev${randomBytes(5).toString("hex").toUpperCase()}`;
    return createJsonPost(config, {
      channel: "slack",
      providerMessageId: id,
      content: { type: "event_callback", team_id: config.SLACK_TEAM_ID, event_id: id, event },
      createSignatureHeaders: (rawBody) => slackSignature(signing(rawBody, config.SLACK_SIGNING_SECRET)),
    });
  },
  telegram(config, { from, text }, target) {
    const messageId = Number(target.split(":")[1]);
    const edited = { ...telegramMessage({ from, chat: from, text, messageId }), edit_date: seconds() };
    return telegramPost(config, { id: target, content: { update_id: Date.now(), edited_message: edited } });
  },
};

const BOT = "@parley_bot";

/** In a group only a message that names the bot is for it. */
function signGroupMessage(config: Config, { from, text }: PlannedMessage, chat: string): SignedPost {
  // Message ids rise within a chat.
  const messageId = Date.now();
  const message = {
    ...telegramMessage({ from, chat, text: `${BOT} ${text}`, messageId }),
    entities: [{ type: "mention", offset: 0, length: BOT.length }],
  };
  return telegramPost(config, {
    id: `${chat}:${messageId}`,
    content: { update_id: messageId, message },
  });
}

function telegramMessage({
  from,
  chat,
  text,
  messageId,
}: {
  from: string;
  chat: string;
  text: string;
  messageId: number;
}) {
  const type = chat.startsWith("-") ? "supergroup" : "private";
  return {
    message_id: messageId,
    from: { id: Number(from), is_bot: false, first_name: "Somebody" },
    chat: { id: Number(chat), type },
    date: seconds(),
    text,
  };
}

function telegramPost(config: Config, { id, content }: { id: string; content: object }): SignedPost {
  return createJsonPost(config, {
    channel: "telegram",
    providerMessageId: id,
    content,
    createSignatureHeaders: (rawBody) =>
      telegramSignature(signing(rawBody, config.TELEGRAM_WEBHOOK_SECRET_TOKEN)),
  });
}

function signWhatsapp(
  config: Config,
  { does, text }: PlannedMessage,
  { phone, userId }: { phone: string | null; userId: string | null },
): SignedPost {
  const id = `wamid.${randomBytes(27).toString("base64")}`;
  const content =
    does === "press"
      ? {
          type: "interactive",
          interactive: { type: "button_reply", button_reply: { id: "b1", title: text } },
        }
      : { type: "text", text: { body: text } };
  const message = {
    id,
    timestamp: String(seconds()),
    ...(phone !== null && { from: phone }),
    ...(userId !== null && { from_user_id: userId }),
    ...content,
  };
  const isBoth = phone !== null && userId !== null;
  const contacts = isBoth ? [{ wa_id: phone, user_id: userId, profile: { name: "Somebody" } }] : [];
  const metadata = {
    phone_number_id: config.WHATSAPP_PHONE_NUMBER_ID,
    display_phone_number: "15550100103",
  };
  const value = { messaging_product: "whatsapp", metadata, contacts, messages: [message] };
  return whatsappPost(config, id, value);
}

/** What the vendor reports on a message that the contact got. */
export function signWhatsappStatus(config: Config, status: { id: string; status: string }): SignedPost {
  const value = {
    messaging_product: "whatsapp",
    metadata: { phone_number_id: config.WHATSAPP_PHONE_NUMBER_ID, display_phone_number: "15550100103" },
    statuses: [{ ...status, timestamp: String(seconds()), recipient_id: "15550100104" }],
  };
  return whatsappPost(config, status.id, value);
}

function whatsappPost(config: Config, providerMessageId: string, value: object): SignedPost {
  return createJsonPost(config, {
    channel: "whatsapp",
    providerMessageId,
    content: {
      object: "whatsapp_business_account",
      entry: [{ id: config.WHATSAPP_PHONE_NUMBER_ID, changes: [{ field: "messages", value }] }],
    },
    createSignatureHeaders: (rawBody) => metaSignature(signing(rawBody, config.WHATSAPP_APP_SECRET)),
  });
}

function signing(rawBody: Buffer, secret: string | undefined) {
  return { url: "", rawBody, secret: secret ?? "", at: new Date() };
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
