import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { findChannel } from "../../infra/channels/registry.ts";
import { messageWorkflowId } from "../../workflows/names.ts";
import type { InboundMessage } from "../channels/channel.ts";

/** 132 bits of the hash: collisions are practically impossible. */
const HIDDEN_ID_LENGTH = 22;
/** A shorter address counts only as a word of its own: "ada" may be a part of any random id. */
const LONG_ADDRESS = 6;
const OPAQUE_ID = /^[\w.:-]{1,128}$/;

/**
 * The id of a message's workflow, which is not encrypted: with the provider's id, or with a keyed hash of it where the id may name the
 * contact. The caller of the signed webhook chooses its ids, so an id that contains the address is hashed too.
 */
export function nameMessageWorkflow(
  vault: Pick<Vault, "hash">,
  { channel, accountId }: Pick<ChannelAccount, "channel" | "accountId">,
  message: Pick<InboundMessage, "providerMessageId" | "from" | "aliases" | "thread">,
): string {
  const id = message.providerMessageId;
  const visibleId = mayShowId(channel, message)
    ? id
    : hashId(vault, `message id\n${channel}/${accountId}\n${id}`);
  return messageWorkflowId({ channel, accountId, visibleId });
}

/** Equal for every redelivery; without our key it does not reveal the contact. */
export function hashId(vault: Pick<Vault, "hash">, text: string): string {
  return vault.hash(text).toString("base64url").slice(0, HIDDEN_ID_LENGTH);
}

function mayShowId(
  channel: string,
  {
    providerMessageId: id,
    from,
    aliases = [],
    thread = "",
  }: Pick<InboundMessage, "providerMessageId" | "from" | "aliases" | "thread">,
): boolean {
  if (findChannel(channel)?.messageIdsAreOpaque !== true || !OPAQUE_ID.test(id)) return false;
  return ![from, ...aliases, ...thread.split(":")].some((name) => isPartOf(id, name));
}

/** Compares letters and digits only: an id may write a number without its plus sign and spaces. */
function isPartOf(id: string, name: string): boolean {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  if (plain === "") return false;
  const words = id.toLowerCase().split(/[^a-z0-9]+/);
  return words.includes(plain) || (plain.length >= LONG_ADDRESS && words.join("").includes(plain));
}
