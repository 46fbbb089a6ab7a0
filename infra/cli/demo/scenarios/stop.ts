import type { Scenario } from "./scenario.ts";

export const stop: Scenario = {
  name: "stop",
  title: "STOP by WhatsApp is confirmed once, and the next question gets no reply.",
  async run(context) {
    const contact = await context.createContact("whatsapp");
    await context.waitForOutcome(await context.sendText(contact, "STOP"));
    const confirmed = await context.waitForReplies(contact, 1);
    const asked = await context.waitForOutcome(await context.sendText(contact, "do you rent e-bikes?"));
    const replies = await context.waitForReplies(contact, 1);
    const isSilent = asked.state === "suppressed" && asked.reason === "opted_out";
    if (confirmed.length === 1 && replies.length === 1 && isSilent) return null;
    return `${replies.length} texts arrived, the question ended as ${asked.state} (${asked.reason ?? "no reason"})`;
  },
};
