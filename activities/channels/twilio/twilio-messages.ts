import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { OutboundOptions, Reconciliation, SendOutcome } from "../channel.ts";
import { toFailedOutcome } from "../failed-outcome.ts";
import { findSentMessage, formatSentMessagesQuery, type SentMessageQuery } from "./find-sent-message.ts";
import { toTwilioOutcome } from "./twilio-outcome.ts";

export interface TwilioOptions extends Omit<OutboundOptions, "random"> {
  /** The URL for Twilio's status callbacks. Absent: Twilio sends none. */
  callbackUrl?: (account: ChannelAccount) => string;
}

/** Twilio's Messages API for all of its channels: one form post is one message, and it takes no idempotency key. */
export function createTwilioMessages({ egress, baseUrl, now, callbackUrl }: TwilioOptions) {
  const messagesUrl = ({ externalId }: ChannelAccount) =>
    `${baseUrl}/2010-04-01/Accounts/${externalId}/Messages.json`;
  return {
    /** `fields` are the fields of the form: To, From, and the body or the template. */
    async send(
      fields: Readonly<Record<string, string>>,
      account: ChannelAccount,
      signal: AbortSignal,
    ): Promise<SendOutcome> {
      const callback: Record<string, string> =
        callbackUrl === undefined ? {} : { StatusCallback: callbackUrl(account) };
      const body = new URLSearchParams({ ...fields, ...callback }).toString();
      const headers = { ...authorization(account), "content-type": "application/x-www-form-urlencoded" };
      const url = messagesUrl(account);
      try {
        return toTwilioOutcome(await egress.request({ method: "POST", url, headers, body, signal }), now());
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    /** Searches the list of sent messages for one whose response was lost. */
    async find(
      query: SentMessageQuery,
      account: ChannelAccount,
      signal: AbortSignal,
    ): Promise<Reconciliation> {
      try {
        const url = `${messagesUrl(account)}?${formatSentMessagesQuery(query)}`;
        const headers = authorization(account);
        const response = await egress.request({ method: "GET", url, headers, signal });
        return response.status === 200 ? findSentMessage(query, response.text) : { kind: "unknown" };
      } catch {
        // After any failure the outcome stays unknown, and is asked for again.
        return { kind: "unknown" };
      }
    },
  };
}

function authorization({ externalId, secrets }: ChannelAccount): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${externalId}:${secrets.outbound[0]}`).toString("base64")}` };
}
