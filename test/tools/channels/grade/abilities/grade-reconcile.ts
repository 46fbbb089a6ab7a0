import type { ChannelFixture } from "../open-channel-fixture.ts";
import { toLostPart } from "../../../../support/channels/samples.ts";
import type { Findings } from "../findings.ts";

/** After a lost answer the vendor is asked: what it took is found, what it never saw is proven absent, and not by one early look. */
export async function gradeReconcile(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { outbound, account, signal, partOf, vendor } = fixture;
  findings.expect(
    outbound.deliveryClass === "reconcile",
    `the outbound half says that it is ${outbound.deliveryClass}`,
  );
  const taken = partOf("Taken, and the answer lost");
  vendor.scriptFault({ accept_then_drop: true });
  const lost = await outbound.send(taken, account, signal);
  findings.expect(lost.kind === "unknown", `a send without an answer is ${lost.kind}`);
  const found = await outbound.reconcile?.(toLostPart(taken), account, signal);
  const [sent] = await vendor.readSentTexts();
  const isFound = found?.kind === "found" && found.providerId === sent?.providerId;
  findings.expect(isFound, `what the vendor took as ${sent?.providerId} is ${JSON.stringify(found)}`);

  const unseen = partOf("Never seen");
  vendor.scriptFault({ cut: true });
  await outbound.send(unseen, account, signal);
  const absent = await outbound.reconcile?.(toLostPart(unseen), account, signal);
  findings.expect(absent?.kind === "absent_proven", `what the vendor never saw is ${JSON.stringify(absent)}`);

  const early = await outbound.reconcile?.(toLostPart(unseen, { sinceAttemptMs: 2_000 }), account, signal);
  findings.expect(early?.kind === "unknown", `an early look for it says ${JSON.stringify(early)}`);

  vendor.scriptFault({ status: 500 });
  const open = await outbound.reconcile?.(toLostPart(taken), account, signal);
  findings.expect(open?.kind === "unknown", `a question without an answer is ${JSON.stringify(open)}`);
}
