import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../campaign.ts";
import { replySeconds, timeFigures } from "../ledger/reply-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { runUnderLoad } from "../run-under-load.ts";
import { delayModel } from "../script-faults.ts";

interface Size {
  /** Messages of one contact, sent as fast as they are accepted. */
  hot: number;
  /** Messages of all other contacts, about one a second. */
  others: number;
  durationMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { hot: 60, others: 15, durationMs: 10_000 },
  full: { hot: 800, others: 120, durationMs: 90_000 },
};
const HOT = "burst of one contact";
/**
 * A usual time of a completion. A contact whose next message arrives within seconds after each answer, twelve times, is a machine, and its
 * conversation is paused. Answers within a second to a burst that goes on look like that.
 */
const MODEL_MS = 2_000;

/** One contact sends a long burst while others write now and then. No message is lost or out of order, and the others get their replies. */
export const hotConversation: Campaign = {
  name: "hot-conversation",
  description: "hundreds of messages of one contact during a calm load; about 3 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, { hot, others, durationMs }: Size): Promise<CampaignReport> {
  return await runUnderLoad(options, {
    campaign: "hot-conversation",
    async load({ loader, random, faults, faultSandbox }) {
      faults.plan(HOT);
      await delayModel(faultSandbox.sandbox.urls.openai, MODEL_MS);
      const calm = planMessages({
        random: random.fork("calm"),
        channels: ["webhook", "twilio-sms"],
        messages: others,
        durationMs,
      });
      // All lines are moved to the first contact of the plan.
      const lines = planMessages({
        random: random.fork("hot"),
        channels: ["webhook"],
        messages: hot,
        durationMs: 1,
        perContact: 1,
        redelivered: 0.1,
        from: others,
      });
      const [first] = lines;
      const burst = lines.map((line) => ({ ...line, from: first?.from ?? "", atMs: durationMs / 4 }));
      const [, hotOnes] = await Promise.all([loader.offer(calm), loader.offer(burst)]);
      // The fault counts only when most of the burst was accepted.
      const accepted = hotOnes.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
      faults.fired(HOT, accepted > hot / 2 ? 1 : 0);
    },
    injectFaults: async () => undefined,
    figures(ledger) {
      const isHot = ({ atMs }: { atMs: number }) => atMs === durationMs / 4;
      return [
        ...timeFigures("hot_reply", replySeconds(ledger, isHot)),
        ...timeFigures(
          "others_reply",
          replySeconds(ledger, (message) => !isHot(message)),
        ),
      ];
    },
  });
}
