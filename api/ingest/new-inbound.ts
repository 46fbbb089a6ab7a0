import type { NewInbound } from "../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { hasWebhook } from "../../infra/channels/registry.ts";
import type { InboundMedia, InboundMessage } from "../channels/channel.ts";
import { formatPlaceholder } from "../channels/placeholder.ts";
import { readRequest } from "../consent/read-request.ts";
import type { ReceiptContext } from "./receipt-context.ts";

/** Characters of a file's name in the text of its message. The whole name is stored with the media. */
const MAX_NAME = 200;

/** The text of a message that has none and shows nothing, such as an empty SMS. */
const EMPTY = formatPlaceholder("empty message");

/** The inbox row of a channel's message. */
export function toNewInbound(
  account: ChannelAccount,
  message: InboundMessage,
  { arrivedAt, quietMs, workflowId }: ReceiptContext & { workflowId: string },
): NewInbound {
  const { tenantId, channel, accountId } = account;
  const { providerMessageId, from, aliases, media = [], providerTime } = message;
  const text = appendMediaNotes(message.text, media) || EMPTY;
  return {
    tenantId,
    channel,
    accountId,
    providerMessageId,
    workflowId,
    from,
    ...(aliases === undefined ? {} : { aliases }),
    thread: message.thread ?? "",
    ...(message.shared === undefined ? {} : { shared: message.shared }),
    text,
    ...(message.cutCharacters === undefined ? {} : { cutCharacters: message.cutCharacters }),
    ...(media.length === 0 ? {} : { media: JSON.stringify(media) }),
    ...readKeyword(account, message),
    providerTime,
    providerSequence: message.providerSequence ?? null,
    arrivedAt: arrivedAt ?? null,
    quietMs,
    ...toTreatment(message),
    ...(hasWebhook(channel) ? {} : { appendToStream: true }),
  };
}

/** A reaction that arrives as a text is stored, because it is part of the conversation, and is never answered. */
function toTreatment({
  treatment,
  text,
}: Pick<InboundMessage, "treatment" | "text">): Pick<NewInbound, "treatment" | "suppressed"> {
  if (treatment === "no_answer") return { suppressed: "reaction" };
  if (treatment !== undefined) return { treatment };
  return text.trim() === "" ? { treatment: "explain" } : {};
}

/** The transcript and the model see that the contact sent media, and of which kind. */
export function appendMediaNotes(text: string, media: readonly InboundMedia[]): string {
  const notes = media.map(({ kind, name }) =>
    name === null ? `[${kind}]` : `[${kind}: ${name.slice(0, MAX_NAME).toWellFormed()}]`,
  );
  return [text, ...notes].filter((line) => line.trim() !== "").join("\n");
}

/** The carrier knows words that we may not know, and has answered them: with HELP nothing is left to do. */
function readKeyword(
  account: ChannelAccount,
  message: InboundMessage,
): Pick<NewInbound, "keyword" | "carrierWord"> {
  const { carrierWord } = message;
  const request = readRequest(message, account);
  if (carrierWord === undefined) return { keyword: request };
  return { keyword: request ?? (carrierWord === "help" ? "help" : null), carrierWord };
}
