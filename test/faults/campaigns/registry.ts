import type { Campaign } from "../campaign.ts";
import { freezes } from "./freezes.ts";
import { kills } from "./kills.ts";

/** Every campaign, in the order in which a full run goes through them. A new one is one line here. */
export const CAMPAIGNS: readonly Campaign[] = [kills, freezes];
