import { OTHER_ACCOUNT } from "../../db/inbound/misdirected-accounts.ts";
import type { StoredAccount } from "../../db/tenants/accounts.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { hearAgent } from "../channels/hear-agent.ts";
import type { InboundEvent, ParsedBody } from "../channels/channel.ts";

export interface AccountBatch {
  account: StoredAccount;
  events: readonly InboundEvent[];
  /** The vendor's id of an account that is not configured, where the events name one. */
  unknownId?: string;
}

const IGNORED: InboundEvent = { kind: "ignored", what: OTHER_ACCOUNT };

/**
 * Assigns the events of a verified body to accounts. A Meta app calls one webhook for all of its numbers and pages, so a body can
 * hold events of other account addresses. Such an account gets its events if it has the secret that signed the body: the caller
 * could have called its own webhook as well. Events for unknown addresses are counted as ignored.
 */
export async function resolveAccountBatches(
  accounts: Pick<AccountDirectory, "findByExternalId">,
  { account, secretIndex }: { account: StoredAccount; secretIndex: number },
  { events, otherAccounts = [] }: Extract<ParsedBody, { ok: true }>,
): Promise<AccountBatch[]> {
  const secret = account.secrets.inbound[secretIndex] ?? "";
  const others = otherAccounts.map(async ({ externalId, events: theirs }): Promise<AccountBatch> => {
    const owner = await accounts.findByExternalId({ channel: account.channel, externalId, secret });
    return owner === null
      ? { account, events: theirs.map(() => IGNORED), unknownId: externalId }
      : { account: owner, events: theirs.map((event) => hearAgent(event, owner)) };
  });
  return [{ account, events }, ...(await Promise.all(others))];
}
