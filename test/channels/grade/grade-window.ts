import type { Bench } from "./bench.ts";
import type { Findings } from "./findings.ts";

/** Free text outside the reply window is refused as such, and what the vendor allows there goes out. */
export async function gradeWindow(bench: Bench, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, partOf, vendor } = bench;
  findings.want(outbound.replyWindowMs !== null, "the outbound half says that there is no window");
  if (vendor.closeWindow === undefined) throw new Error("the kit's vendor cannot close a window");
  const before = await outbound.send(partOf("In time"), account, signal);
  findings.want(before.kind === "accepted", `free text in time is ${JSON.stringify(before)}`);
  await vendor.closeWindow();
  const late = await outbound.send(partOf("Too late"), account, signal);
  const isWindow = late.kind === "refused" && late.class === "window";
  findings.want(isWindow, `free text too late is ${JSON.stringify(late)}`);

  if (kit.template !== undefined) {
    const { template } = kit;
    const opened = await outbound.send(partOf("Your order is ready", { template }), account, signal);
    findings.want(opened.kind === "accepted", `a template is ${JSON.stringify(opened)}`);
    const shown = (await vendor.sent()).at(-1);
    findings.want(shown?.template === template.name, `the vendor shows the template ${shown?.template}`);
    findings.want(shown?.text.includes("Your order is ready") === true, "the template lost the text");
  }
  if (outbound.humanReplyWindowMs !== undefined) {
    const human = await outbound.send(partOf("A person's words", { author: "human" }), account, signal);
    findings.want(human.kind === "accepted", `a person's own words are ${JSON.stringify(human)}`);
  }
}
