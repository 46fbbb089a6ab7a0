import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import { createLogRarely } from "../../infra/runtime/log-rarely.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { FailedAuthentication } from "../failed-authentication.ts";
import type { Acknowledgement, InboundChannel, InboundEvent } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import { resolveAccountBatches, type AccountBatch } from "./account-batches.ts";
import { toInboundRequest } from "./inbound-request.ts";
import { ingestBatch } from "./ingest-batch.ts";
import type { IngestEvent } from "./ingest-event.ts";
import type { RefusedWebhooks } from "./refused-webhooks.ts";
import { createWebhookSchemas } from "./webhook-schema.ts";

export interface WebhookDependencies {
  channels: Readonly<Record<string, InboundChannel>>;
  accounts: Pick<AccountDirectory, "find" | "findByExternalId">;
  failures: FailedAuthentication;
  refusals: RefusedWebhooks;
  ingestEvent: IngestEvent;
  /** The URL that callers use. The signatures of some channels cover it. */
  publicBaseUrl: string;
}

interface WebhookParams {
  channel: string;
  account: string;
}

const PATH = "/webhooks/:channel/:account";

/** `POST /webhooks/{channel}/{account}`: verifies the raw bytes, parses them, makes every event durable and then responds. */
export function registerWebhooks(
  app: FastifyInstance,
  { channels, accounts, failures, refusals, ingestEvent, publicBaseUrl }: WebhookDependencies,
) {
  const schemas = createWebhookSchemas();
  const logRarely = createLogRarely(app.log, "error");

  const post = { schema: schemas.post, preParsing: async () => await failpoint("half_body_read") };
  app.post<{ Params: WebhookParams }>(PATH, post, async (request, reply) => {
    const { channel, account } = await resolveAccount(request);
    const inbound = toInboundRequest(request, publicBaseUrl);
    const verdict = channel.verify(inbound, account);
    if (!verdict.ok) {
      failures.record("webhook_signature", request.ip);
      throw refuse(request, account, new Problem(verdict.code, verdict.detail));
    }
    const parsed = channel.parse(inbound, account);
    if (!parsed.ok) {
      const problem = new Problem("body_invalid", "No event of the body was stored.", parsed.problems);
      throw refuse(request, account, problem);
    }
    await failpoint("after_signature_check");
    const signedBy = { account, secretIndex: verdict.secretIndex };
    const batches = await lookUp(async () => await resolveAccountBatches(accounts, signedBy, parsed));
    reportUnknownAccounts(batches);
    const failed: Error[] = [];
    for (const batch of batches) {
      const { failure, ...result } = await ingestAccountBatch(channel, batch, inbound.receivedAt);
      const { tenantId } = batch.account;
      request.log.info({ ...result, channel: channel.name, tenantId }, "webhook ingested");
      if (failure !== null) failed.push(failure);
    }
    const [failure] = failed;
    if (failure !== undefined) throw failure;
    return await acknowledge(reply, parsed.response ?? channel.acknowledgement);
  });

  /** The id of a page or a number is no secret. With it an operator sees which id the settings should have. */
  function reportUnknownAccounts(batches: readonly AccountBatch[]): void {
    const unknown = batches.flatMap(({ unknownId }) => unknownId ?? []);
    const account = batches[0]?.account;
    if (account === undefined || unknown.length === 0) return;
    const { channel, accountId, tenantId, externalId } = account;
    const details = { channel, accountId, tenantId, configured: externalId, named: unknown };
    logRarely(undefined, "events are for an account that is not configured", details);
  }

  /** Vendors call this once, while the webhook is set up, to check that it is ours. */
  app.get<{ Params: WebhookParams }>(PATH, { schema: schemas.get }, async (request, reply) => {
    const { channel, account } = await resolveAccount(request);
    const challenge = channel.handshake?.(toInboundRequest(request, publicBaseUrl), account) ?? null;
    if (challenge === null) {
      failures.record("webhook_signature", request.ip);
      throw new Problem(
        "handshake_refused",
        "The verify token is not the token of this account, or the request has no challenge.",
      );
    }
    return await acknowledge(reply, challenge);
  });

  function refuse(request: FastifyRequest, account: ChannelAccount, problem: Problem): Problem {
    const { code, message: detail, errors: problems } = problem;
    refusals.record({ account, code, detail, problems, requestId: request.id });
    return problem;
  }

  async function resolveAccount({ params, ip }: FastifyRequest<{ Params: WebhookParams }>) {
    const { channel: name, account: id } = params;
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    const find = async () => await accounts.find(name, id, () => failures.takeQuestion(ip));
    const account = channel === undefined ? null : await lookUp(find);
    if (channel !== undefined && account !== null) return { channel, account };
    failures.record("webhook_account", ip);
    const names = Object.keys(channels).join(", ");
    throw new Problem("unknown_account", `No account "${id}" on channel "${name}" (channels: ${names}).`);
  }

  async function ingestAccountBatch(
    channel: InboundChannel,
    { account, events }: AccountBatch,
    receivedAt: Date,
  ) {
    const context = {
      receivedAt,
      quietMs: account.settings.quietWindowMs ?? channel.quietWindowMs,
    };
    const ingest = async (event: InboundEvent) => await ingestEvent(account, event, context);
    const problems = events.flatMap((event) => (event.kind === "invalid" ? event.problems : []));
    return { ...(await ingestBatch(events, ingest)), ...(problems.length > 0 && { problems }) };
  }
}

async function lookUp<Found>(find: () => Promise<Found>): Promise<Found> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Problem) throw error;
    // The error handler logs the cause.
    throw new Problem(
      "unavailable",
      "The account cannot be looked up right now. Please deliver it again.",
      [],
      {
        cause: error,
      },
    );
  }
}

async function acknowledge(reply: FastifyReply, { status, contentType, body }: Acknowledgement) {
  return await reply.code(status).type(contentType).send(body);
}
