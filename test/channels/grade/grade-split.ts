import type { Bench } from "./bench.ts";
import type { Findings } from "./findings.ts";
import { SAMPLE_URL, SPLIT_SAMPLES } from "./split-samples.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Each part is taken by the vendor as it is; together they are the whole text, cut nowhere inside a character or a link. */
export async function gradeSplit(bench: Bench, findings: Findings): Promise<void> {
  const { outbound, account, signal, partOf, vendor, kit } = bench;
  findings.want(outbound.split("Yes, we are.").join("|") === "Yes, we are.", "a short text is changed");
  for (const [what, text] of Object.entries(SPLIT_SAMPLES)) {
    const parts = outbound.split(text);
    judgeCuts({ what, text, parts }, findings);
    const before = (await vendor.sent()).length;
    for (const [i, part] of parts.entries()) {
      findings.want(kit.fits?.(part) ?? true, `${what}: a part is longer than the channel carries`);
      const outcome = await outbound.send(
        partOf(part, { part: i + 1, parts: parts.length }),
        account,
        signal,
      );
      findings.want(outcome.kind === "accepted", `${what}: a part is ${JSON.stringify(outcome)}`);
    }
    const shown = (await vendor.sent()).slice(before).map((sent) => sent.text);
    findings.want(
      shown.join("\0") === parts.join("\0"),
      `${what}: the person reads other words than were sent`,
    );
  }
}

function judgeCuts(
  { what, text, parts }: { what: string; text: string; parts: readonly string[] },
  findings: Findings,
): void {
  findings.want(bare(parts.join("")) === bare(text), `${what}: something else than white space is lost`);
  findings.want(
    parts.flatMap(charactersOf).join("\0") === charactersOf(text).join("\0"),
    `${what}: cut inside a character`,
  );
  const urls = (texts: readonly string[]) => texts.join("\n").split(SAMPLE_URL).length;
  findings.want(urls(parts) === urls([text]), `${what}: cut inside a link that would have fitted`);
  const longest = Math.max(...parts.map((part) => part.length));
  const isSpare = parts.length <= 3 * Math.ceil(text.length / longest);
  findings.want(isSpare, `${what}: ${parts.length} parts, the longest of ${longest}, are far too many`);
}

function bare(text: string): string {
  return text.replace(/\s+/gu, "");
}

function charactersOf(text: string): string[] {
  return [...graphemes.segment(text)]
    .map(({ segment }) => segment)
    .filter((segment) => segment.trim() !== "");
}
