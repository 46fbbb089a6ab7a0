import type { Campaign } from "../campaign.ts";
import { crashPoints } from "./crash-points.ts";
import { freezes } from "./freezes.ts";
import { herd } from "./herd.ts";
import { hotConversation } from "./hot-conversation.ts";
import { kills } from "./kills.ts";
import { partitions } from "./partitions.ts";
import { lostAnswers } from "./lost-answers.ts";
import { noisyTenant } from "./noisy-tenant.ts";

/** Every campaign, in the order in which a full run goes through them. A new one is one line here. */
export const CAMPAIGNS: readonly Campaign[] = [
  kills,
  freezes,
  partitions,
  hotConversation,
  noisyTenant,
  herd,
  lostAnswers,
  crashPoints,
];
