import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { EgressFailed } from "../../../infra/runtime/network/egress-guard.ts";
import { EgressRefused } from "../../../infra/runtime/network/egress-refused.ts";
import { addDeliveryId } from "../../../infra/channels/vendors/twilio-callback.ts";
import type { OutboundOptions, SendOutcome } from "../channel.ts";
import { toFailedOutcome } from "../failed-outcome.ts";
import { createUnknown, type Reconciliation } from "../reconciliation.ts";
import { findSentMessage, type SentMessageQuery } from "./find-sent-message.ts";
import { toTwilioOutcome } from "./twilio-outcome.ts";

export interface TwilioOptions extends Omit<OutboundOptions, "random"> {
  /** The URL for Twilio's status callbacks. Absent: Twilio sends none. */
  callbackUrl?: (account: ChannelAccount) => string;
}

export interface TwilioSend {
  deliveryId: string;
  /** The fields of the form: To, From, and the body or the template. */
  fields: Readonly<Record<string, string>>;
}

/**
 * Twilio's Messages API for all of its channels: one form post is one message, and it takes no idempotency key. The URL of the status
 * callbacks has our id of the part, so a callback proves the send whose response was lost.
 */
export function createTwilioMessages({ egress, baseUrl, now, callbackUrl }: TwilioOptions) {
  const messagesUrl = ({ externalId }: ChannelAccount) =>
    `${baseUrl}/2010-04-01/Accounts/${externalId}/Messages.json`;
  return {
    async send(
      { deliveryId, fields }: TwilioSend,
      account: ChannelAccount,
      signal: AbortSignal,
    ): Promise<SendOutcome> {
      const callback: Record<string, string> =
        callbackUrl === undefined ? {} : { StatusCallback: addDeliveryId(callbackUrl(account), deliveryId) };
      const body = new URLSearchParams({ ...fields, ...callback }).toString();
      const headers = { ...authorization(account), "content-type": "application/x-www-form-urlencoded" };
      const url = messagesUrl(account);
      try {
        return toTwilioOutcome(await egress.request({ method: "POST", url, headers, body, signal }), now());
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    /** Searches the list of sent messages for one whose response was lost. After any failure it is asked for again. */
    async find(
      query: SentMessageQuery,
      account: ChannelAccount,
      signal: AbortSignal,
    ): Promise<Reconciliation> {
      const headers = authorization(account);
      const readPage = async (page: string) => {
        const url = `${messagesUrl(account)}?${page}`;
        const response = await egress.request({ method: "GET", url, headers, signal });
        return response.status === 200 ? response.text : null;
      };
      try {
        return await findSentMessage(readPage, query);
      } catch (error) {
        const isLost = error instanceof EgressFailed || error instanceof EgressRefused;
        if (!isLost) throw error;
        return createUnknown("list_unreadable");
      }
    },
  };
}

function authorization({ externalId, secrets }: ChannelAccount): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${externalId}:${secrets.outbound[0]}`).toString("base64")}` };
}
