import type { Figure } from "../../campaign.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger, PartRow } from "../../ledger/ledger.ts";
import type { FiredFault } from "../../proxy/toxic.ts";
import { type Edge, SEND_CHANNELS, type SendChannel } from "./open-edges.ts";

/** The part of an edge that the figures need. */
export interface LossyEdge extends Pick<Edge, "to"> {
  proxy: Pick<Edge["proxy"], "lostResponses">;
}

const CHANNELS = Object.keys(SEND_CHANNELS) as SendChannel[];

/** Counts the results of sends with a lost response by channel. Each channel has its own policy for them. */
export function ambiguousSends(ledger: Ledger, edges: readonly LossyEdge[]): Figure[] {
  const partsOf = partsByChannel(ledger);
  const index = indexLedger(ledger);
  const counts = CHANNELS.map((channel) => {
    const lost = edges
      .filter(({ to }) => to === channel)
      .flatMap(({ proxy }) => proxy.lostResponses.filter(isSend));
    const parts = partsOf(channel);
    const twice = parts.filter((part) => index.sendsOf(part).length > 1).length;
    const never = parts.filter((part) => part.attempt > 0 && index.sendsOf(part).length === 0).length;
    const open = parts.filter(({ state }) => state === "unknown").length;
    return { channel, ambiguous: lost.length, twice, never, open };
  });
  return [...counts.flatMap(figuresOf), ...figureWithoutKey(counts)];
}

interface ChannelCount {
  channel: SendChannel;
  ambiguous: number;
  twice: number;
  never: number;
  open: number;
}

function figuresOf({ channel, ambiguous, twice, never, open }: ChannelCount): Figure[] {
  const name = channel.replace("-", "_");
  const policy = SEND_CHANNELS[channel];
  const buildZeroFigure = (figure: string, value: number) => ({
    figure,
    value,
    target: `0 (${policy})`,
    n: ambiguous,
    ok: value === 0,
  });
  return [
    buildZeroFigure(`${name}_ambiguous_sends_seen_twice`, twice),
    buildZeroFigure(`${name}_ambiguous_sends_never_seen`, never),
    {
      figure: `${name}_ambiguous_sends_left_open`,
      value: open,
      target: "reported",
      n: ambiguous,
      ok: open <= ambiguous,
    },
  ];
}

/** Duplicates for each thousand ambiguous sends on channels without an idempotency key. */
function figureWithoutKey(counts: readonly ChannelCount[]): Figure[] {
  const without = counts.filter(({ channel }) => channel !== "webhook");
  const ambiguous = sum(without.map((count) => count.ambiguous));
  const twice = sum(without.map((count) => count.twice));
  const value = Math.round((10_000 * twice) / Math.max(1, ambiguous)) / 10;
  const figure = "duplicates_per_1000_ambiguous_sends_without_key";
  return [{ figure, value, target: "at most 1", n: ambiguous, ok: ambiguous > 0 && value <= 1 }];
}

/** False for status queries and typing indicators, which also go to a vendor. */
export function isSend({ label, request }: Pick<FiredFault, "label" | "request">): boolean {
  const isPost = label?.startsWith("POST ") ?? false;
  return isPost && !label?.endsWith("/sendChatAction") && request?.includes("sender_action") !== true;
}

function partsByChannel({ inbox, replyParts }: Ledger): (channel: string) => PartRow[] {
  const channelOf = new Map(inbox.map(({ turnId, channel }) => [turnId, channel]));
  const byChannel = Map.groupBy(replyParts, ({ turnId }) => channelOf.get(turnId) ?? "");
  return (channel) => byChannel.get(channel) ?? [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
