import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../../../api/channels/channel.ts";
import type { KindTreatment } from "../../../../api/channels/kinds/kind-table.ts";
import { inboundKinds } from "../../../../api/channels/kinds/registry.ts";
import { inboundChannels } from "../../../../api/channels/registry.ts";
import { CHANNEL_NAMES, type WebhookChannel } from "../../../../infra/channels/registry.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";
import { readDocumented } from "../../../tools/channels/kinds/read-documented.ts";
import { SAMPLERS } from "./sample-bodies.ts";

const isPlaceholder = (text: string) => text === "" || text.startsWith("[");

function treatmentOf(event: InboundEvent | undefined): KindTreatment | "invalid" | "none" {
  if (event === undefined) return "none";
  if (event.kind === "invalid" || event.kind === "ignored") return event.kind;
  if (event.kind !== "message") return "applied";
  if (event.treatment === "hand_over") return "handed_over";
  if (event.treatment === "no_answer") return "ignored";
  return isPlaceholder(event.text) ? "placeholder" : "answered";
}

const ACCOUNTS: Readonly<Record<string, object>> = {
  messenger: { address: "770", externalId: "104" },
  instagram: { address: "770", externalId: "104" },
};

function parseSample(channel: WebhookChannel, kind: string): (KindTreatment | "invalid" | "none")[] {
  const account = { ...sampleAccount({ channel, externalId: null }), ...ACCOUNTS[channel] };
  const sample = SAMPLERS[channel]?.(kind) ?? {};
  const headers = { "webhook-id": "msg_1", ...sample.headers };
  const parsed = inboundChannels[channel].parse(sampleRequest({ ...sample, headers }), account);
  if (!parsed.ok) return ["invalid"];
  // Slack's challenge is answered in the response.
  if (parsed.events.length === 0 && parsed.response !== undefined) return ["ignored"];
  return parsed.events.map(treatmentOf);
}

describe.each(CHANNEL_NAMES)("the inbound kinds of %s", (channel) => {
  const table = inboundKinds[channel];

  test("hold everything that the vendor documents", () => {
    const { sources, kinds } = readDocumented(channel);
    const names = new Set(table.map(({ kind }) => kind));
    expect(sources.length).toBeGreaterThan(0);
    expect(kinds.filter((kind) => !names.has(kind))).toEqual([]);
  });

  test("have one row each, and a sentence that says why a contact does not wait", () => {
    const names = table.map(({ kind }) => kind);
    expect(names.filter((kind, i) => names.indexOf(kind) !== i)).toEqual([]);
    const silent = table.filter(({ treatment }) => treatment === "ignored" || treatment === "applied");
    expect(silent.filter(({ reason }) => reason === null || !/^\p{Lu}.{15,}\.$/u.test(reason))).toEqual([]);
  });
});

const rows = CHANNEL_NAMES.filter((channel): channel is WebhookChannel => channel in inboundChannels).flatMap(
  (channel) => inboundKinds[channel].map(({ kind, treatment }) => ({ channel, kind, treatment })),
);

test.each(rows)("a $kind of $channel is $treatment", ({ channel, kind, treatment }) => {
  expect(parseSample(channel, kind)).toContain(treatment);
});
