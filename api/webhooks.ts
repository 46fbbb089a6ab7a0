import type { FastifyInstance, FastifyRequest } from "fastify";
import { type ChannelAccount, type ChannelName, CHANNELS, isChannel } from "../db/channel-account.ts";
import type { AccountDirectory } from "./account-directory.ts";
import type { InboundChannel, InboundRequest } from "./channels/channel.ts";
import { Problem } from "./problem.ts";
import type { StartMessage } from "./start-message.ts";

export interface WebhookDependencies {
  channels: Readonly<Record<ChannelName, InboundChannel>>;
  accounts: AccountDirectory;
  intake: StartMessage;
  /** The URL that senders call, as they see it: signatures of some channels cover it. */
  publicBaseUrl: string;
}

interface WebhookParams {
  channel: string;
  account: string;
}

/** `POST /webhooks/{channel}/{account}`: signature on the raw bytes, then parse, then durable, then the answer. */
export function registerWebhooks(
  app: FastifyInstance,
  { channels, accounts, intake, publicBaseUrl }: WebhookDependencies,
) {
  app.post<{ Params: WebhookParams }>(
    "/webhooks/:channel/:account",
    { schema: SCHEMA },
    async (request, reply) => {
      const { channel, account } = await resolve(request.params);
      const inbound = inboundRequest(request, publicBaseUrl);
      const verdict = channel.verify(inbound, account);
      if (!verdict.ok) throw new Problem(verdict.code, verdict.detail);
      const parsed = channel.parse(inbound, account);
      if (!parsed.ok) throw new Problem("body_invalid", "Nothing of this body was taken.", parsed.problems);
      for (const message of parsed.messages) {
        const outcome = await intake.startMessage(account, message, inbound.receivedAt);
        request.log.info({ outcome, channel: channel.name, tenantId: account.tenantId }, "message taken");
      }
      const { status, contentType, body } = channel.acknowledgement;
      return await reply.code(status).type(contentType).send(body);
    },
  );

  async function resolve(
    params: WebhookParams,
  ): Promise<{ channel: InboundChannel; account: ChannelAccount }> {
    const channel = isChannel(params.channel) ? channels[params.channel] : null;
    const account = channel === null ? null : await findAccount(params);
    if (channel === null || account === null) {
      const known = CHANNELS.join(", ");
      throw new Problem(
        "unknown_account",
        `No account "${params.account}" on channel "${params.channel}" (channels: ${known}).`,
      );
    }
    return { channel, account };
  }

  async function findAccount({ channel, account }: WebhookParams): Promise<ChannelAccount | null> {
    try {
      return await accounts.find(channel, account);
    } catch {
      throw new Problem("unavailable", "The account cannot be looked up right now. Please deliver it again.");
    }
  }
}

function inboundRequest(request: FastifyRequest, publicBaseUrl: string): InboundRequest {
  return {
    url: publicBaseUrl.replace(/\/$/, "") + request.url,
    headers: repeatedHeaders(request.raw.rawHeaders),
    rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    receivedAt: new Date(),
  };
}

/** Node joins or drops headers that are sent twice; a signature sent twice has to be seen as such. */
function repeatedHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const value = raw[i + 1] ?? "";
    const known = headers[name];
    headers[name] = known === undefined ? value : [known, value].flat();
  }
  return headers;
}

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
});

const SCHEMA = {
  summary: "An inbound message of a channel",
  description:
    "The body is what the vendor sends: a form for `twilio-sms`, JSON signed by Standard Webhooks for `webhook`. A 2xx means that every message in it is stored.",
  tags: ["webhooks"],
  params: {
    type: "object",
    required: ["channel", "account"],
    properties: {
      channel: { type: "string", examples: [...CHANNELS] },
      account: { type: "string", maxLength: 128, examples: ["main"] },
    },
  },
  response: {
    200: { description: "Stored (Twilio)", content: { "text/xml": { schema: { type: "string" } } } },
    202: { description: "Stored (webhook)", content: { "application/json": { schema: { type: "string" } } } },
    401: problem("Not signed, or not by us"),
    404: problem("No such account"),
    413: problem("Over the body limit"),
    422: problem("Signed, but not a body of this channel; `errors` names each field"),
    503: problem("Nothing could be stored: deliver it again"),
  },
} as const;
