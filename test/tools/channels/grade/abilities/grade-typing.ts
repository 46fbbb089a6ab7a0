import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

/** The vendor is told that an answer is being made, and the person sees no message of it. */
export async function gradeTyping(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, vendor, eventsOf } = fixture;
  const [message] = await eventsOf([{ kind: "message", number: 1, text: "Hello" }]);
  const inReplyTo = message?.kind === "message" ? [message.providerMessageId] : [];
  findings.expect(outbound.indicateTyping !== undefined, "the outbound half has no indicateTyping");
  await outbound.indicateTyping?.({ to: kit.contactAddress, thread: "", inReplyTo }, account, signal);
  const calls = vendor.calls();
  findings.expect(
    calls.some(({ status }) => status === 200),
    "the vendor heard nothing that it took",
  );
  findings.expect((await vendor.readSentTexts()).length === 0, "the person sees a message");
}
