import type { StoredAccount } from "../db/accounts.ts";
import type { AccountDirectory } from "./account-directory.ts";
import type { InboundEvent, ParsedBody } from "./channels/channel.ts";

export interface SenderBatch {
  account: StoredAccount;
  events: readonly InboundEvent[];
}

const OF_NOBODY: InboundEvent = { kind: "ignored", what: "other_account" };

/**
 * Whose the items of a verified body are. A Meta app calls one webhook for all of its numbers and pages, so items for another
 * sender are taken by that sender's account, if the secret that signed the body is one of its own: whoever has it could have
 * called that account's webhook as well. Items of senders that we do not have are counted where they came in.
 */
export async function senderBatches(
  accounts: Pick<AccountDirectory, "findSender">,
  { account, secretIndex }: { account: StoredAccount; secretIndex: number },
  { events, others = [] }: Extract<ParsedBody, { ok: true }>,
): Promise<SenderBatch[]> {
  const secret = account.secrets.inbound[secretIndex] ?? "";
  const batches = others.map(async ({ externalId, events: told }): Promise<SenderBatch> => {
    const owner = await accounts.findSender({ channel: account.channel, externalId, secret });
    return owner === null ? { account, events: told.map(() => OF_NOBODY) } : { account: owner, events: told };
  });
  return [{ account, events }, ...(await Promise.all(batches))];
}
