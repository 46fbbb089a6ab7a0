import type { StoredAccount } from "../../db/tenants/accounts.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { InboundEvent, ParsedBody } from "../channels/channel.ts";

export interface AccountBatch {
  account: StoredAccount;
  events: readonly InboundEvent[];
}

const OTHER_ACCOUNT: InboundEvent = { kind: "ignored", what: "other_account" };

/**
 * Whose the items of a verified body are. A Meta app calls one webhook for all of its numbers and pages, so items for another
 * sender are taken by that sender's account, if the secret that signed the body is one of its own: whoever has it could have
 * called that account's webhook as well. Items of senders that we do not have are counted where they came in.
 */
export async function resolveAccountBatches(
  accounts: Pick<AccountDirectory, "findByExternalId">,
  { account, secretIndex }: { account: StoredAccount; secretIndex: number },
  { events, otherAccounts = [] }: Extract<ParsedBody, { ok: true }>,
): Promise<AccountBatch[]> {
  const secret = account.secrets.inbound[secretIndex] ?? "";
  const batches = otherAccounts.map(async ({ externalId, events: told }): Promise<AccountBatch> => {
    const owner = await accounts.findByExternalId({ channel: account.channel, externalId, secret });
    return owner === null
      ? { account, events: told.map(() => OTHER_ACCOUNT) }
      : { account: owner, events: told };
  });
  return [{ account, events }, ...(await Promise.all(batches))];
}
