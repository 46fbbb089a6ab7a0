import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

/** The vendor accepts (with any 2xx) a call that shows the typing sign, and the contact sees no message. */
export async function gradeTyping(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, vendor, eventsOf } = fixture;
  const [message] = await eventsOf([{ kind: "message", number: 1, text: "Hello" }]);
  const inReplyTo = message?.kind === "message" ? [message.providerMessageId] : [];
  findings.expect(outbound.indicateTyping !== undefined, "the outbound half has no indicateTyping");
  await outbound.indicateTyping?.({ to: kit.contactAddress, thread: "", inReplyTo }, account, signal);
  const calls = vendor.calls();
  findings.expect(
    calls.some(({ status }) => typeof status === "number" && status >= 200 && status < 300),
    "the vendor accepted no call",
  );
  findings.expect((await vendor.readSentTexts()).length === 0, "the contact sees a message");
}
