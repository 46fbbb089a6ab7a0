import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readBacklog } from "../../../db/inbound/status.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { events } from "../../../db/schema/events.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { WRONG_CONFIGURATION_MESSAGE } from "../../../infra/runtime/log-messages.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
const lines: string[] = [];
beforeAll(async () => {
  parley = await openInstallation({ lines: { write: (line) => void lines.push(line) } });
  const { db, config } = parley;
  const endpoint = {
    tenantId: config.PARLEY_TENANT,
    url: "https://crm.test/",
    types: [],
    includeText: false,
  };
  await createEventEndpoint(db, createConfiguredVault(config), endpoint);
});
afterAll(() => parley.close());

interface LoggedFault {
  level: string;
  subject: string;
  code: string;
  cause: string;
  activity?: string;
  attempt?: number;
}

const findLogged = (subject: string): LoggedFault[] =>
  lines
    .map((line) => JSON.parse(line) as LoggedFault & { msg: string })
    .filter(({ msg, subject: about }) => msg === WRONG_CONFIGURATION_MESSAGE && about === subject);

const readiness = async () => {
  const response = await fetch(`${parley.url}/readyz`);
  return (await response.json()) as { status: string; alerts: { name: string; detail: string }[] };
};

const listEvents = async (type: string) =>
  (await parley.db.select().from(events).where(eq(events.type, type))).map(({ data }) => data);

it("a refused key of the model is named in the log, in /readyz, in the status and by an outgoing event, until a call succeeds", async () => {
  const { openai, db } = parley;
  const body = JSON.stringify({ error: { message: "No.", code: "invalid_api_key", param: null } });
  openai.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { status: 401, body } }]);
  for (let i = 0; i < 3; i++) {
    const { id } = await parley.sendWebhook({ from: `refused-${i}`, text: "Is a helmet returnable?" });
    await eventually(
      "an apology",
      async () => (await findMessageOutcomes(db, [id]))[0]?.state === "answered",
    );
  }
  const [first, ...more] = findLogged("model/gpt-4o");
  expect(first).toMatchObject({
    level: "error",
    code: "model.key_refused",
    cause: "The key was refused (401 invalid_api_key).",
    activity: "generate",
    // A busy machine repeats the call.
    attempt: expect.any(Number),
  });
  expect(more).toEqual([]);
  const alert = { name: "configuration:model/gpt-4o", detail: expect.stringContaining("OPENAI_API_KEY") };
  await eventually("the alert in /readyz", async () => (await readiness()).alerts.length > 0);
  expect(await readiness()).toMatchObject({
    status: "degraded",
    alerts: expect.arrayContaining([alert]) as unknown,
  });
  expect((await readBacklog(db)).alerts).toContainEqual(expect.objectContaining(alert));
  expect(await listEvents("configuration.wrong")).toContainEqual({ alert: alert.name, detail: alert.detail });

  openai.faults.clear();
  const { id } = await parley.sendWebhook({ from: "works-again", text: "Is a pump returnable?" });
  await eventually("an answer", async () => (await findMessageOutcomes(db, [id]))[0]?.state === "answered");
  await eventually("the end of the alert", async () => {
    const { alerts } = await readBacklog(db);
    return alerts.every(({ name }) => name !== alert.name);
  });
  expect(await listEvents("configuration.corrected")).toContainEqual({ alert: alert.name });
});

it("a reply to a forbidden target is a dead letter after its first attempt, and not retried for hours", async () => {
  const { db } = parley;
  await db.execute(
    sql`UPDATE channel_accounts SET address = 'https://10.0.0.7/replies' WHERE channel = 'webhook'`,
  );
  const { id } = await parley.sendWebhook({ from: "forbidden", text: "Is a saddle returnable?" });
  const part = await eventually("the end of the reply", async () => {
    const [outcome] = await findMessageOutcomes(db, [id]);
    const [row] = await db.select().from(deliveries).where(eq(deliveries.state, "refused"));
    return outcome?.state === "failed" ? row : null;
  });
  expect(part).toMatchObject({
    refusal: "config",
    code: "address_not_public",
    attempt: 1,
    nextAttemptAt: null,
  });
  expect(findLogged("account/webhook/main")[0]).toMatchObject({
    level: "error",
    code: "webhook.address_not_public",
    activity: "deliver",
  });
  expect(await listEvents("message.dead_lettered")).toContainEqual(
    expect.objectContaining({ reason: "refused:config:address_not_public" }),
  );
});
