import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

/** A send whose response was lost is repeated, and the contact gets the message once. */
export async function gradeIdempotentSend(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { outbound, account, signal, partOf, vendor } = fixture;
  findings.expect(
    outbound.deliveryClass === "idempotency-key",
    `the outbound half says that it is ${outbound.deliveryClass}`,
  );
  const part = partOf("Once only");
  vendor.scriptFault({ accept_then_drop: true });
  // A throw is repeated like a lost response.
  const lost = await outbound.send(part, account, signal).catch(() => ({ kind: "unknown" }));
  findings.expect(lost.kind === "unknown", `a send without an answer is ${lost.kind}`);
  const repeated = await outbound.send(part, account, signal);
  findings.expect(repeated.kind === "accepted", `its repetition is ${repeated.kind}`);
  const count = async () => (await vendor.readSentTexts()).filter(({ text }) => text === part.text).length;
  findings.expect((await count()) === 1, `the contact has the message ${await count()} times`);
  await outbound.send(partOf(part.text), account, signal);
  findings.expect((await count()) === 2, "another message of the same words is taken for a repetition");
}
