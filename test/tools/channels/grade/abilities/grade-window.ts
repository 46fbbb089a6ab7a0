import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";

/** Free text outside the reply window is refused as such, and what the vendor allows there goes out. */
export async function gradeWindow(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, partOf, vendor } = fixture;
  findings.expect(outbound.replyWindowMs !== null, "the outbound half says that there is no window");
  if (vendor.closeWindow === undefined) throw new Error("the kit's vendor cannot close a window");
  const before = await outbound.send(partOf("In time"), account, signal);
  findings.expect(before.kind === "accepted", `free text in time is ${JSON.stringify(before)}`);
  await vendor.closeWindow();
  const late = await outbound.send(partOf("Too late"), account, signal);
  const isWindow = late.kind === "refused" && late.class === "window";
  findings.expect(isWindow, `free text too late is ${JSON.stringify(late)}`);

  if (kit.template !== undefined) {
    const { template } = kit;
    const opened = await outbound.send(partOf("Your order is ready", { template }), account, signal);
    findings.expect(opened.kind === "accepted", `a template is ${JSON.stringify(opened)}`);
    const shown = (await vendor.readSentTexts()).at(-1);
    findings.expect(shown?.template === template.name, `the vendor shows the template ${shown?.template}`);
    findings.expect(shown?.text.includes("Your order is ready") === true, "the template lost the text");
  }
  if (outbound.agentReplyWindowMs !== undefined) {
    const agentSend = await outbound.send(partOf("An agent's message", { author: "agent" }), account, signal);
    findings.expect(agentSend.kind === "accepted", `an agent's message is ${JSON.stringify(agentSend)}`);
  }
}
