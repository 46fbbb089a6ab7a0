import type { InboundEvent } from "../../../../../api/channels/channel.ts";
import type { VendorEvent } from "../../channel-kit.ts";
import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

const HOUR = 3_600_000;

/** A body that is delivered again has the same ids, an hour later and with a new signature. Another message has another id. */
export async function gradeDedupe({ kit, eventsOf }: ChannelFixture, findings: Findings): Promise<void> {
  const idsOf = async (happening: VendorEvent, at: Date) =>
    (await eventsOf([happening], { at })).flatMap(keyOf);
  const first = new Date();
  const later = new Date(first.getTime() - HOUR);
  const message: VendorEvent = { kind: "message", number: 7, text: "Hello" };
  const changes = kit.changes.map((kind): VendorEvent => ({ kind, number: 7, text: "Hello!" }));
  for (const happening of [message, ...changes]) {
    const [once, again] = [await idsOf(happening, first), await idsOf(happening, later)];
    findings.expect(once.length === 1, `a body with one ${happening.kind} gave events: ${once.length}`);
    findings.expect(
      once.join() === again.join(),
      `a ${happening.kind} delivered twice has two ids: ${once.join()}, ${again.join()}`,
    );
  }
  const [same, other] = [await idsOf(message, first), await idsOf({ ...message, number: 8 }, first)];
  findings.expect(same.join() !== other.join(), "two messages of the same text have one id");
  const contacts = (await eventsOf([message])).flatMap((event) =>
    event.kind === "message" ? [event.from] : [],
  );
  findings.expect(
    contacts.join() === kit.contactAddress,
    `the contact is ${contacts.join()} and not ${kit.contactAddress}`,
  );
}

function keyOf(event: InboundEvent): string[] {
  if (event.kind === "message") return [event.providerMessageId];
  return event.kind === "edit" || event.kind === "delete" ? [event.changeId] : [];
}
