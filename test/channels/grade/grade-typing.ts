import type { Bench } from "./bench.ts";
import type { Findings } from "./findings.ts";

/** The vendor is told that an answer is being made, and the person sees no message of it. */
export async function gradeTyping(bench: Bench, findings: Findings): Promise<void> {
  const { kit, outbound, account, signal, vendor, eventsOf } = bench;
  const [message] = await eventsOf([{ kind: "message", number: 1, text: "Hello" }]);
  const inReplyTo = message?.kind === "message" ? [message.providerMessageId] : [];
  findings.want(outbound.indicateTyping !== undefined, "the outbound half has no indicateTyping");
  await outbound.indicateTyping?.({ to: kit.person, thread: "", inReplyTo }, account, signal);
  const calls = vendor.calls();
  findings.want(
    calls.some(({ told }) => told === 200),
    "the vendor heard nothing that it took",
  );
  findings.want((await vendor.sent()).length === 0, "the person sees a message");
}
