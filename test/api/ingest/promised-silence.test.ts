import { expect, inject, it, onTestFinished } from "vitest";
import type { InboundMessage } from "../../../api/channels/channel.ts";
import { asksForSilence } from "../../../api/ingest/asks-for-silence.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { sampleAccount } from "../../support/channels/samples.ts";

const LOG = { warn: () => undefined, error: () => undefined };
const NO_POSTGRES = "postgres://parley@127.0.0.1:1/parley";
const account = sampleAccount({ channel: "webhook" });
const messageOf = (text: string): InboundMessage => ({
  kind: "message",
  providerMessageId: text,
  from: text,
  text,
  providerTime: null,
});

it("without Postgres only a STOP and the wish for an agent wait for the sends that are on their way", async () => {
  const options = { maxConnections: 5, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: NO_POSTGRES, ...options });
  onTestFinished(() => db.$client.end());
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  const starter = { startMessage: async () => undefined };
  const { startMessage } = createStartMessage({
    db,
    vault,
    starter,
    toDatabaseTime: (time) => time,
    log: LOG,
  });
  const acknowledged: string[] = [];
  const acknowledge = async (text: string) => {
    const context = { receivedAt: new Date(), quietMs: 0 };
    expect(await startMessage(account, messageOf(text), context)).toBe("inlined");
    acknowledged.push(text);
  };
  await Promise.all(["stop", "agent", "start", "yes", "help", "hello"].map(acknowledge));
  expect(acknowledged.slice(0, 4).toSorted()).toEqual(["hello", "help", "start", "yes"]);
});

it("silence is the wish of an opt-out, of a contact who wants an agent and of an agent who replies", () => {
  const texts = ["stop", "agent", "start", "yes", "help", "hello"];
  expect(texts.filter((text) => asksForSilence(messageOf(text), account))).toEqual(["stop", "agent"]);
  const consent = { kind: "consent", from: "c", source: "blocked" } as const;
  expect(asksForSilence({ ...consent, state: "opted_out" }, account)).toBe(true);
  expect(asksForSilence({ ...consent, state: "opted_in" }, account)).toBe(false);
  const reply = {
    kind: "agent_reply",
    providerMessageId: "a",
    to: "c",
    text: "Hi",
    providerTime: null,
  } as const;
  expect(asksForSilence(reply, account)).toBe(true);
});
