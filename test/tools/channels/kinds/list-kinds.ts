import type { InboundKind } from "../../../../api/channels/kinds/kind-table.ts";
import { inboundKinds } from "../../../../api/channels/kinds/registry.ts";
import { CHANNEL_NAMES } from "../../../../infra/channels/registry.ts";
import { UnknownChannelError } from "../grade/choose-kits.ts";
import { readDocumented } from "./read-documented.ts";

export interface ChannelKinds {
  channel: string;
  kinds: readonly InboundKind[];
  /** How many kinds the vendor documents, and where they were read. */
  documented: number;
  sources: string[];
  /** Documented kinds without a row. */
  missing: string[];
}

export interface KindsReport {
  /** Every documented kind of every channel has a row. */
  ok: boolean;
  channels: ChannelKinds[];
}

/** The inbound kinds of one channel, or of all. */
export function listKinds(name?: string): KindsReport {
  const chosen = name === undefined ? CHANNEL_NAMES : CHANNEL_NAMES.filter((channel) => channel === name);
  if (chosen.length === 0)
    throw new UnknownChannelError(
      `There is no channel "${name}". The channels are ${CHANNEL_NAMES.join(", ")}.`,
    );
  const channels = chosen.map((channel) => {
    const kinds = inboundKinds[channel];
    const rows = new Set(kinds.map(({ kind }) => kind));
    const { sources, kinds: documented } = readDocumented(channel);
    const missing = documented.filter((kind) => !rows.has(kind));
    return { channel, kinds, documented: documented.length, sources, missing };
  });
  return { ok: channels.every(({ missing }) => missing.length === 0), channels };
}
