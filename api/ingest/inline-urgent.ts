import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { isUrgent } from "./asks-for-silence.ts";
import { limitText } from "./limit-text.ts";
import { type ArrivedContext, isInlinable, type StartInlined } from "./start-inlined.ts";

export interface InlineUrgentDependencies {
  startInlined: StartInlined;
  log: { warn(details: object, message: string): void };
}

/** As long as the acknowledgement of a STOP waits for sends that are under way. */
const TIMEOUT_MS = 900;

/**
 * Gives an urgent event to Temporal too. An ingress that alone has lost Postgres has it on its own disk, and the workers, which go on
 * sending, store it within milliseconds. The entry of the spool is then a redelivery. Returns false where no workflow has the event.
 */
export function createInlineUrgent({ startInlined, log }: InlineUrgentDependencies) {
  return async function inlineUrgent(
    account: ChannelAccount,
    event: InboundEvent,
    context: ArrivedContext,
  ): Promise<boolean> {
    if (!isInlinable(event) || !isUrgent(event, account)) return false;
    try {
      await startInlined(account, limitText(account.channel, event), context, TIMEOUT_MS);
      return true;
    } catch (error) {
      log.warn(
        { err: error, channel: account.channel, kind: event.kind },
        "Temporal did not accept an urgent event; it takes effect when this ingress reaches a store again",
      );
      return false;
    }
  };
}

export type InlineUrgent = ReturnType<typeof createInlineUrgent>;
