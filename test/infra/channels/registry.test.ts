import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { inboundChannels } from "../../../api/channels/registry.ts";
import { identityRule, secretsRule } from "../../../infra/channels/account-rules.ts";
import { CHANNEL_SECRETS, CHANNEL_SETTINGS } from "../../../infra/channels/channel-settings.ts";
import { readConfiguredAccounts } from "../../../infra/channels/configured-accounts.ts";
import {
  CHANNEL_DESCRIPTORS,
  CHANNEL_NAMES,
  findChannel,
  hasWebhook,
} from "../../../infra/channels/registry.ts";
import { readReplyUrls } from "../../../infra/channels/reply-urls.ts";
import { webhookUrlOrNull } from "../../../infra/channels/webhook-url.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { FAKE_DEFINITIONS, type FakeName } from "../../../infra/sandbox/fakes/registry.ts";
import { EVERY_CHANNEL, sampleAccount } from "../../support/channels/channel-samples.ts";

const REQUIRED = {
  DATABASE_URL: "postgres://parley@127.0.0.1:5432/parley",
  OPENAI_API_KEY: "sk-test",
  PINECONE_API_KEY: "pc-test",
  PARLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  PARLEY_HASH_KEY: Buffer.alloc(32, 2).toString("base64"),
};
const config = loadConfig({ ...REQUIRED, ...EVERY_CHANNEL });

describe("the channel registry", () => {
  it("gives every channel an account from the sandbox's settings, in the order of the registry", () => {
    expect(readConfiguredAccounts(config).map(({ channel }) => channel)).toEqual(CHANNEL_NAMES);
  });

  it("makes an account from nothing only where a channel has no required setting", () => {
    const names = readConfiguredAccounts(loadConfig(REQUIRED)).map(({ channel }) => channel);
    expect(names).toEqual(CHANNEL_NAMES.filter((name) => !hasWebhook(name)));
  });

  it.each(CHANNEL_NAMES)("the configured account of %s fits the rules for accounts of the API", (name) => {
    const rule = identityRule(name).extend({ secrets: secretsRule(name) });
    expect(rule.safeParse({ external_id: null, ...sampleAccount(name) }).error).toBeUndefined();
  });

  it("has an inbound half for each channel with a webhook, and for no other", () => {
    expect(Object.keys(inboundChannels).toSorted()).toEqual(CHANNEL_NAMES.filter(hasWebhook).toSorted());
  });

  it("marks every setting that holds a token or a secret", () => {
    const secret = Object.keys(CHANNEL_SETTINGS).filter((name) => /TOKEN|SECRET/.test(name));
    expect(CHANNEL_SECRETS.toSorted()).toEqual(secret.toSorted());
  });

  it.each(CHANNEL_NAMES)("replies of %s go to its fake in the sandbox", (name) => {
    const sandbox = findChannel(name)?.sandbox ?? null;
    const url = readReplyUrls(config)[name];
    expect(url === undefined ? null : new URL(url).host).toBe(sandbox && `${sandbox.fake}.example`);
    if (sandbox === null) return;
    const { contacts = {}, readReply } = FAKE_DEFINITIONS[sandbox.fake as FakeName];
    expect(Object.keys(contacts)).toContain(name);
    expect(readReply).toBeDefined();
  });

  it("two channels may share a setting only with the same rule", () => {
    const schemas = new Map<string, z.ZodType>();
    for (const { settings } of CHANNEL_DESCRIPTORS) {
      for (const [name, { schema }] of Object.entries(settings)) {
        expect(schemas.get(name) ?? schema).toBe(schema);
        schemas.set(name, schema);
      }
    }
  });

  it("shows a webhook URL for the channels that have one", () => {
    const urls = CHANNEL_NAMES.map((channel) =>
      webhookUrlOrNull("https://chat.example.com/", { channel, accountId: "main" }),
    );
    expect(urls).toEqual(
      CHANNEL_NAMES.map((name) =>
        hasWebhook(name) ? `https://chat.example.com/webhooks/${name}/main` : null,
      ),
    );
  });

  it("does not know a channel that is not registered", () => {
    expect(findChannel("pigeon")).toBeUndefined();
    expect(secretsRule("pigeon").safeParse({ inbound: "a", outbound: "b" }).success).toBe(true);
  });
});
