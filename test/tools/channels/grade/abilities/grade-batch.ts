import type { InboundEvent } from "../../../../../api/channels/channel.ts";
import type { VendorEvent } from "../../channel-kit.ts";
import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

const MANY = 60;

/** Every item of a body gives its own event, in the order of the body, and an unreadable item does not affect the others. */
export async function gradeBatch({ kit, eventsOf }: ChannelFixture, findings: Findings): Promise<void> {
  const vendorStatus = kit.receiptStatuses.find(({ state }) => state !== null)?.vendorStatus;
  const happenings: VendorEvent[] = [
    { kind: "message", number: 1, text: "first" },
    { kind: "broken" },
    { kind: "message", number: 2, text: "second" },
    ...(vendorStatus === undefined ? [] : [{ kind: "receipt", providerId: "sent-1", vendorStatus } as const]),
    ...kit.changes.map((kind): VendorEvent => ({ kind, number: 2, text: "second, changed" })),
    { kind: "message", number: 3, text: "third" },
  ];
  const events = await eventsOf(happenings);
  const kinds = new Set(events.map(kindOf));
  for (const { kind } of happenings) {
    const expected = kind === "broken" ? "invalid" : kind;
    findings.expect(kinds.has(expected), `no ${expected} came of a body that holds a ${kind} item`);
  }
  const said = textsOf(events);
  findings.expect(said === "first|second|third", `of first, second and third came: ${said}`);
  const many = Array.from({ length: MANY }, (_, number) => `text ${number}`);
  const all = textsOf(await eventsOf(many.map((text, number) => ({ kind: "message", number, text }))));
  findings.expect(all === many.join("|"), `of ${MANY} messages in one body came ${all.split("|").length}`);
}

function kindOf({ kind }: InboundEvent): string {
  return kind === "watermark" ? "receipt" : kind;
}

function textsOf(events: readonly InboundEvent[]): string {
  return events.flatMap((event) => (event.kind === "message" ? [event.text] : [])).join("|");
}
