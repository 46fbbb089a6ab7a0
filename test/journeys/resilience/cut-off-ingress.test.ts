import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { expect, it, onTestFinished } from "vitest";
import { startApi } from "../../../api/server.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { eventually } from "../../support/eventually.ts";
import { createCallers, type Installation, openInstallation } from "../../support/open-installation.ts";
import { openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";

/** A second ingress with a spool, whose way to Postgres the test can cut. */
async function openCutOffIngress({ config, temporal }: Installation) {
  const proxy = await openProxy(config.DATABASE_URL, openPostgresReader);
  const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
  const own = { ...config, DATABASE_URL: urlThroughProxy(config.DATABASE_URL, proxy), SPOOL_DIR: folder };
  const log = createLog({ level: "silent", name: "test" });
  const api = await startApi({
    config: own,
    log,
    ...(temporal === undefined ? {} : { sharedClient: temporal }),
  });
  onTestFinished(async () => {
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { proxy, url: api.url };
}

it("a STOP and a deletion that only an ingress without Postgres gets take effect while it is cut off", async () => {
  const parley = await openInstallation({ env: { PARLEY_QUIET_WINDOW_WEBHOOK_MS: "2500" } });
  onTestFinished(() => parley.close());
  const { db } = parley;
  const { proxy, url } = await openCutOffIngress(parley);
  const optOuts = async () => await db.$count(consents, eq(consents.state, "opted_out"));
  const stateOf = async (id: string) => (await findMessageOutcomes(db, [id]))[0];

  await parley.sendWebhook({ id: "question", from: "ann" });
  await proxy.inject([{ kind: "down", probability: 1 }]);
  const cutOff = createCallers(parley.config, url);
  const deletion = JSON.stringify({ type: "message.deleted", data: { from: "ann", id: "question" } });
  // A busy machine may need more than one delivery.
  const deliver = async (send: () => Promise<{ response: Response }>) =>
    await eventually("the acknowledgement", async () => (await send()).response.ok);
  await Promise.all([
    deliver(() => cutOff.sendWebhook({ id: "deletion", body: deletion })),
    deliver(() => cutOff.sendWebhook({ id: "stop", from: "ben", text: "STOP" })),
    // Twilio has handled this STOP itself. It says no time.
    deliver(() => cutOff.sendSms({ from: "+14155550123", text: "STOP", fields: { OptOutType: "STOP" } })),
  ]);
  expect(await optOuts()).toBe(2);
  await eventually(
    "the message taken back",
    async () => (await stateOf("question"))?.reason === "taken_back",
    20_000,
  );

  await proxy.heal();
  await eventually("an empty spool", async () => {
    const readyz = await (await fetch(`${url}/readyz`)).text();
    return readyz.includes('"waiting":0') && readyz.includes('"refused":0');
  });
  const confirmed = await eventually("the confirmation", async () => (await parley.replies())[0]);
  expect(confirmed).toMatchObject({ to: "ben", in_reply_to: ["stop"] });
  expect(await optOuts()).toBe(2);
  expect(await stateOf("question")).toMatchObject({ state: "suppressed", reason: "taken_back" });
  expect(await parley.replies()).toHaveLength(1);
}, 60_000);
