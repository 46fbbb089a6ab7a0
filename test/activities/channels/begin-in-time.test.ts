import { expect, it } from "vitest";
import { CHANNEL_NAMES } from "../../../infra/channels/registry.ts";
import { openChannelFixture } from "../../tools/channels/grade/open-channel-fixture.ts";
import { channelKits } from "../../tools/channels/kits/registry.ts";

/** A send of web chat is a row in our own database and no request. */
const kits = channelKits.filter(({ name }) => name !== "web");

it("every other channel is tried", () => {
  expect(kits.map(({ name }) => name).toSorted()).toEqual(
    CHANNEL_NAMES.filter((name) => name !== "web").toSorted(),
  );
});

it.each(kits)("$name sends nothing after the time until which a send may begin", async (kit) => {
  const { outbound, account, partOf, vendor, ...fixture } = await openChannelFixture(kit);
  const signal = Object.assign(new AbortController().signal, { beginByMs: performance.now() - 1 });
  const callsBefore = vendor.calls().length;
  const outcome = await outbound.send(partOf("Too late"), account, signal);
  expect(outcome).toEqual({ kind: "late", code: "connected_late" });
  expect(vendor.calls()).toHaveLength(callsBefore);
  await fixture.close();
});
