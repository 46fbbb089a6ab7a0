import type { InboundEvent } from "../../../../../api/channels/channel.ts";
import type { ChannelKit, ReceiptStatus } from "../../channel-kit.ts";
import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

const RANK = Object.freeze({ accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 });

/** The vendor reports the states of a sent message under the id that the send returned, and the states rise. */
export async function gradeReceipts(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, partOf, eventsOf } = fixture;
  findings.expect(outbound.receipts, "the outbound half says that there are none");
  findings.expect(kit.receiptStatuses.length > 0, "the kit knows none of the vendor's words");
  const outcome = await outbound.send(partOf("Your order is ready"), account, signal);
  if (outcome.kind !== "accepted") throw new Error(`a plain send is ${JSON.stringify(outcome)}`);
  const { providerId } = outcome;
  for (const expected of kit.receiptStatuses) {
    const { vendorStatus, code } = expected;
    const events = await eventsOf([
      { kind: "receipt", providerId, vendorStatus, ...(code === undefined ? {} : { code }) },
    ]);
    const seen = events.map((event) => describeEvent(event)).join(", ") || "nothing";
    findings.expect(
      isReportedAs(events, { providerId, expected, kit }),
      `${vendorStatus} is reported as ${seen}`,
    );
    const means = code === undefined ? undefined : outbound.classifyReceipt?.(code);
    findings.expect(means === expected.refusalClass, `a failure with code ${code} means ${means}`);
  }
  const ranks = kit.receiptStatuses.flatMap(({ state }) => (state === null ? [] : [RANK[state]]));
  const isRising = ranks.every((rank, i) => rank >= (ranks[i - 1] ?? 0));
  findings.expect(isRising, "the states go backwards in the life of a message");
}

function isReportedAs(
  events: readonly InboundEvent[],
  { providerId, expected, kit }: { providerId: string; expected: ReceiptStatus; kit: ChannelKit },
): boolean {
  const { state, code = null } = expected;
  if (state === null) return events.length > 0 && events.every(({ kind }) => kind === "ignored");
  const isRight = events.map((event) => {
    if (event.kind === "receipt")
      return event.providerId === providerId && event.state === state && event.code === code;
    return event.kind === "watermark" && event.from === kit.contactAddress && event.state === state;
  });
  return isRight.length > 0 && isRight.every(Boolean);
}

function describeEvent(event: InboundEvent): string {
  return "state" in event ? `${event.kind} ${event.state}` : event.kind;
}
