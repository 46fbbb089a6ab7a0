import { readDatabaseTime } from "../../db/connection/database-time.ts";
import { isUnreadable } from "../../db/connection/vault.ts";
import { z } from "zod";
import { dropPreviousSecrets, rotateEndpointSecret } from "../../db/events/endpoint-secrets.ts";
import { resendFailed } from "../../db/events/event-deliveries.ts";
import {
  changeEventEndpoint,
  createEventEndpoint,
  deleteEventEndpoint,
  disableEventEndpoint,
  type EndpointSettings,
  enableEventEndpoint,
  type EventEndpoint,
  findEventEndpoint,
  listEventEndpoints,
  MAX_ENDPOINTS,
  pingEventEndpoint,
} from "../../db/events/event-endpoints.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import { checkInput } from "./check-input.ts";
import { egressUrl } from "./egress-url.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

const DAY_S = 86_400;

/** How long the previous secret signs too, in seconds; null: until it is dropped. */
export const PREVIOUS_VALID_S = z
  .int("must be a whole number of seconds")
  .min(0, "must not be below 0")
  .max(90 * DAY_S, `must be at most ${90 * DAY_S}`);
export const PREVIOUS_VALID_DEFAULT_S = DAY_S;

/** Newest first, without the secrets. */
export async function listEndpoints(
  { db }: Using<"db">,
  { tenantId, page }: { tenantId: string; page: PageRequest },
): Promise<Page<EventEndpoint>> {
  return await listEventEndpoints(db, tenantId, page);
}

export async function getEndpoint({ db }: Using<"db">, key: OwnedId): Promise<EventEndpoint> {
  return requireFound("endpoint", await findEventEndpoint(db, key));
}

interface TextAccess {
  /** Whether the caller may read texts of conversations. */
  mayReadTexts: boolean;
}

/** The result is the only place that holds the secret. */
export async function createEndpoint(
  { db, vault, egress }: Using<"db" | "vault" | "egress">,
  { mayReadTexts, ...endpoint }: EndpointSettings & TextAccess & { tenantId: string },
): Promise<EventEndpoint & { secret: string }> {
  requireTextAccess(endpoint.includeText, mayReadTexts);
  checkUrl(egress, endpoint.url);
  const created = await createEventEndpoint(db, vault, endpoint);
  if (created === null) throw new OperationError({ code: "endpoint_limit", limit: MAX_ENDPOINTS });
  return created;
}

/** A setting that is left out keeps its value. */
export async function updateEndpoint(
  context: Using<"db" | "egress">,
  { key, change, mayReadTexts }: { key: OwnedId; change: Partial<EndpointSettings> } & TextAccess,
): Promise<EventEndpoint> {
  const now = await getEndpoint(context, key);
  // A new URL for an endpoint that gets texts gives access to the texts.
  requireTextAccess(change.includeText ?? (now.includeText && change.url !== undefined), mayReadTexts);
  if (change.url !== undefined) checkUrl(context.egress, change.url);
  return requireFound("endpoint", await changeEventEndpoint(context.db, key, change));
}

/** Waiting events are not sent to it. */
export async function deleteEndpoint({ db }: Using<"db">, key: OwnedId): Promise<EventEndpoint> {
  return requireFound("endpoint", await deleteEventEndpoint(db, key));
}

/** Its waiting events fail, and no events are kept for it until it is enabled. */
export async function disableEndpoint({ db }: Using<"db">, key: OwnedId): Promise<EventEndpoint> {
  return requireFound("endpoint", await disableEventEndpoint(db, key, "operator"));
}

export async function enableEndpoint({ db }: Using<"db">, key: OwnedId): Promise<EventEndpoint> {
  return requireFound("endpoint", await enableEventEndpoint(db, key));
}

/** The result is the only place that holds the new secret. */
export async function rotateSecret(
  { db, vault }: Using<"db" | "vault">,
  { key, previousValidS }: { key: OwnedId; previousValidS: number | null },
): Promise<{ secret: string; previousUntil: Date | null }> {
  const now = await readDatabaseTime(db);
  const previousUntil = previousValidS === null ? null : new Date(now.getTime() + previousValidS * 1_000);
  const rotated = await rotateEndpointSecret(db, vault, key, { now, previousUntil });
  return { secret: requireFound("endpoint", rotated).secret, previousUntil };
}

export async function dropPreviousSecret(
  context: Using<"db" | "vault">,
  key: OwnedId,
): Promise<EventEndpoint> {
  await dropPreviousSecrets(context.db, context.vault, key).catch((error: unknown) => {
    if (isUnreadable(error)) throw new OperationError({ code: "secrets_unreadable" });
    throw error;
  });
  return await getEndpoint(context, key);
}

/** Sends a ping through the same steps as every event. */
export async function testEndpoint(context: Using<"db">, key: OwnedId): Promise<{ eventId: string }> {
  const ping = await pingEventEndpoint(context.db, key);
  if (ping !== null) return ping;
  await getEndpoint(context, key);
  throw new OperationError({ code: "endpoint_disabled" });
}

/** Begins a new round of attempts for every event that the endpoint has not accepted since this time. */
export async function resendFailedEvents(
  context: Using<"db">,
  { key, since }: { key: OwnedId; since: Date },
): Promise<{ queued: number }> {
  const { id: endpointId, disabledAt } = await getEndpoint(context, key);
  if (disabledAt !== null) throw new OperationError({ code: "endpoint_disabled" });
  return { queued: await resendFailed(context.db, { endpointId, since }) };
}

function requireTextAccess(readsTexts: boolean, mayReadTexts: boolean): void {
  if (readsTexts && !mayReadTexts)
    throw new OperationError({ code: "scope_missing", missing: ["conversations:read"] });
}

function checkUrl(egress: Using<"egress">["egress"], url: string): void {
  checkInput(z.object({ url: egressUrl(egress) }), { url });
}
