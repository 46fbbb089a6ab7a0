import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { Acknowledgement, InboundChannel, InboundEvent, InboundRequest } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import { resolveAccountBatches, type AccountBatch } from "./account-batches.ts";
import { ingestBatch } from "./ingest-batch.ts";
import type { IngestEvent } from "./ingest-event.ts";

export interface WebhookDependencies {
  channels: Readonly<Record<string, InboundChannel>>;
  accounts: AccountDirectory;
  ingestEvent: IngestEvent;
  /** The URL that senders call, as they see it: signatures of some channels cover it. */
  publicBaseUrl: string;
}

interface WebhookParams {
  channel: string;
  account: string;
}

const PATH = "/webhooks/:channel/:account";

/** `POST /webhooks/{channel}/{account}`: signature on the raw bytes, then parse, then every item durable, then the answer. */
export function registerWebhooks(
  app: FastifyInstance,
  { channels, accounts, ingestEvent, publicBaseUrl }: WebhookDependencies,
) {
  const schema = webhookSchema(Object.keys(channels));

  const post = { schema: schema.post, preParsing: async () => await failpoint("K0") };
  app.post<{ Params: WebhookParams }>(PATH, post, async (request, reply) => {
    const { channel, account } = await resolveAccount(request.params);
    const inbound = inboundRequest(request, publicBaseUrl);
    const verdict = channel.verify(inbound, account);
    if (!verdict.ok) throw new Problem(verdict.code, verdict.detail);
    const parsed = channel.parse(inbound, account);
    if (!parsed.ok) throw new Problem("body_invalid", "Nothing of this body was taken.", parsed.problems);
    await failpoint("K1");
    const signedBy = { account, secretIndex: verdict.secretIndex };
    const batches = await lookUp(async () => await resolveAccountBatches(accounts, signedBy, parsed));
    const failures: Error[] = [];
    for (const batch of batches) {
      const { failure, ...taken } = await ingestAccountBatch(channel, batch, inbound.receivedAt);
      request.log.info(
        { ...taken, channel: channel.name, tenantId: batch.account.tenantId },
        "webhook taken",
      );
      if (failure !== null) failures.push(failure);
    }
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    return await acknowledge(reply, parsed.response ?? channel.acknowledgement);
  });

  /** The vendor asks once, when the webhook is set up, whether it is really ours. */
  app.get<{ Params: WebhookParams }>(PATH, { schema: schema.get }, async (request, reply) => {
    const { channel, account } = await resolveAccount(request.params);
    const answer = channel.handshake?.(inboundRequest(request, publicBaseUrl), account) ?? null;
    if (answer === null) {
      throw new Problem("handshake_refused", "The verify token is not this account's, or nothing was asked.");
    }
    return await acknowledge(reply, answer);
  });

  async function ingestAccountBatch(
    channel: InboundChannel,
    { account, events }: AccountBatch,
    receivedAt: Date,
  ) {
    const quietMs = account.settings.quietWindowMs ?? channel.quietWindowMs;
    const take = async (event: InboundEvent) =>
      await ingestEvent(account, event, {
        receivedAt,
        quietMs,
        messageIdHoldsAddress: channel.messageIdHoldsAddress ?? false,
      });
    const problems = events.flatMap((event) => (event.kind === "invalid" ? event.problems : []));
    return { ...(await ingestBatch(events, take)), ...(problems.length > 0 && { problems }) };
  }

  async function resolveAccount({ channel: name, account: id }: WebhookParams) {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    const account = channel === undefined ? null : await lookUp(async () => await accounts.find(name, id));
    if (channel !== undefined && account !== null) return { channel, account };
    const known = Object.keys(channels).join(", ");
    throw new Problem("unknown_account", `No account "${id}" on channel "${name}" (channels: ${known}).`);
  }
}

async function lookUp<Found>(find: () => Promise<Found>): Promise<Found> {
  try {
    return await find();
  } catch {
    throw new Problem("unavailable", "The account cannot be looked up right now. Please deliver it again.");
  }
}

async function acknowledge(reply: FastifyReply, { status, contentType, body }: Acknowledgement) {
  return await reply.code(status).type(contentType).send(body);
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

const textResponse = (description: string, contentType: string) => ({
  description,
  content: { [contentType]: { schema: { type: "string" } } },
});

function webhookSchema(channels: string[]) {
  const params = {
    type: "object",
    required: ["channel", "account"],
    properties: {
      channel: { type: "string", examples: channels },
      account: { type: "string", maxLength: 128, examples: ["main"] },
    },
  };
  const post = {
    summary: "What happened on a channel: messages, receipts, edits",
    description:
      "The body is what the vendor sends, signed as the vendor signs. A 2xx means that every item in it is durable; items that cannot be used are counted by name and do not sink the others.",
    tags: ["webhooks"],
    params,
    response: {
      200: {
        description: "Stored",
        content: {
          "text/xml": { schema: { type: "string" } },
          "text/plain": { schema: { type: "string" } },
          "application/json": { schema: { type: "string" } },
        },
      },
      202: textResponse("Stored (webhook)", "application/json"),
      400: problem("Not readable as a request"),
      401: problem("Not signed, or not by the vendor"),
      404: problem("No such account"),
      413: problem("Over the body limit"),
      422: problem("Signed, but not a body of this channel; `errors` names each field"),
      500: problem("A fault of this server"),
      503: problem("Something could not be stored: deliver it again"),
    },
  };
  const get = {
    summary: "The vendor's handshake",
    tags: ["webhooks"],
    params,
    response: {
      200: textResponse("The vendor's challenge", "text/plain"),
      400: problem("Not readable as a request"),
      403: problem("The verify token is not this account's"),
      404: problem("No such account"),
      500: problem("A fault of this server"),
      503: problem("The account cannot be looked up right now"),
    },
  };
  return { post, get };
}
