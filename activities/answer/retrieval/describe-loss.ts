import { computeShare, isUnwanted, type TextReport } from "./document.ts";

/** A file that keeps less of its text is reported even if its loader names no cause. */
const MIN_SHARE = 0.9;
const GENERAL_FIX = "compare it with `npm run eval -- loaders`, and save it in another format";

export interface LostText {
  path: string;
  /** The kept part of the visible text, from 0 to 1. */
  share: number;
  /** The missing text, and what to do. */
  reason: string;
}

/** Null for a file whose visible text was kept. */
export function describeLoss({ path, count, losses }: TextReport): LostText | null {
  const share = Math.floor(computeShare(count) * 1_000) / 1_000;
  const unwanted = losses.filter(isUnwanted);
  if (share >= MIN_SHARE && unwanted.length === 0) return null;
  const reasons = unwanted.map(({ what, fix }) => `${what}; ${fix}`);
  return { path, share, reason: reasons.length === 0 ? GENERAL_FIX : reasons.join("; ") };
}

export function formatLostText({ path, share, reason }: LostText): string {
  return `kept ${Math.floor(share * 100)} % of the text of ${path}: ${reason}`;
}
