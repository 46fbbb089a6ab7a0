import pc from "picocolors";
import type { InboundKind } from "../../../../api/channels/kinds/kind-table.ts";
import type { ChannelKinds, KindsReport } from "./list-kinds.ts";

/** The table for a terminal. */
export function printKinds({ ok, channels }: KindsReport): string {
  const lines = channels.flatMap(({ channel, kinds, documented, missing }) => [
    pc.bold(`${channel} (${documented} documented kinds)`),
    ...groupRows(kinds).map(
      ({ treatment, reason, names }) =>
        `  ${treatment}: ${names.join(", ")}${reason === null ? "" : `\n    ${pc.dim(reason)}`}`,
    ),
    ...missing.map((kind) => pc.red(`  ${kind} is documented and has no row`)),
  ]);
  const verdict = ok ? pc.green("every documented kind has a row") : pc.red("documented kinds have no row");
  return `${lines.join("\n")}\n\n${verdict}\n`;
}

/** The lists of docs/inbound-kinds.md. */
export function kindsMarkdown({ channels }: Pick<KindsReport, "channels">): string {
  return channels.map(channelMarkdown).join("\n");
}

function channelMarkdown({ channel, kinds, sources }: ChannelKinds): string {
  const groups = groupRows(kinds).map(({ treatment, reason, names }) => {
    const list = names.map((name) => `\`${name}\``).join(", ");
    return `- _${treatment}_${reason === null ? "" : ` (${reason.replace(/\.$/, "")})`}: ${list}`;
  });
  return [`## ${channel}`, "", `Source: ${sources.join("; ")}.`, "", ...groups, ""].join("\n");
}

interface KindRowGroup {
  treatment: string;
  reason: string | null;
  names: string[];
}

function groupRows(kinds: readonly InboundKind[]): KindRowGroup[] {
  const groups = Map.groupBy(kinds, ({ treatment, reason }) => `${treatment}\n${reason}`);
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows;
    return first === undefined ? [] : [{ ...first, names: rows.map(({ kind }) => kind) }];
  });
}
