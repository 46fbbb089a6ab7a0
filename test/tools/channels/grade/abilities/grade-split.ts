import { writeReply } from "../../../../../activities/channels/notation/notation.ts";
import { toReplyText } from "../../../../../db/delivery/reply-text.ts";
import { splitTexts } from "../../../../support/channels/split-texts.ts";
import type { ChannelFixture } from "../open-channel-fixture.ts";
import type { Findings } from "../findings.ts";
import { SAMPLE_URL, SPLIT_SAMPLES } from "./split-samples.ts";

/** Bytes where characters are counted, parts that end early for a sentence's sake: a good splitter needs no more than this. */
const MAX_WASTE = 5;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Each part is taken by the vendor as it is; together they are the whole text, cut nowhere inside a character or a link. */
export async function gradeSplit(fixture: ChannelFixture, findings: Findings): Promise<void> {
  const { outbound, account, signal, partOf, vendor, kit } = fixture;
  findings.expect(
    splitTexts(outbound, "Yes, we are.").join("|") === "Yes, we are.",
    "a short text is changed",
  );
  const cut = Object.entries(SPLIT_SAMPLES).map(([what, text]) => ({
    what,
    text,
    parts: outbound.split(toReplyText(text)),
  }));
  const longest = Math.max(...cut.flatMap(({ parts }) => parts.map((part) => part.text.length)));
  for (const { what, text, parts } of cut) {
    // A channel may write a part in another notation: the loss is judged before, and what the contact reads after it.
    judgeReplyParts({ what, text, parts: parts.map((part) => part.text) }, findings);
    const written = parts.map((part) => writeReply(outbound.notation, part));
    const isSpare = parts.length <= MAX_WASTE * Math.ceil(text.length / longest);
    findings.expect(isSpare, `${what}: ${parts.length} parts, where one may have ${longest} characters`);
    const before = (await vendor.readSentTexts()).length;
    for (const [i, part] of written.entries()) {
      findings.expect(
        kit.fitsVendorLimits?.(part) ?? true,
        `${what}: a part is longer than the channel carries`,
      );
      const outcome = await outbound.send(
        partOf(part, { part: i + 1, parts: parts.length }),
        account,
        signal,
      );
      findings.expect(outcome.kind === "accepted", `${what}: a part is ${JSON.stringify(outcome)}`);
    }
    const shown = (await vendor.readSentTexts()).slice(before).map((sent) => sent.text);
    findings.expect(
      shown.join("\0") === written.join("\0"),
      `${what}: the contact reads another text than was sent`,
    );
  }
}

function judgeReplyParts(
  { what, text, parts }: { what: string; text: string; parts: readonly string[] },
  findings: Findings,
): void {
  findings.expect(
    stripWhitespace(parts.join("")) === stripWhitespace(text),
    `${what}: something else than white space is lost`,
  );
  findings.expect(
    parts.flatMap(charactersOf).join("\0") === charactersOf(text).join("\0"),
    `${what}: cut inside a character`,
  );
  const urls = (texts: readonly string[]) => texts.join("\n").split(SAMPLE_URL).length;
  findings.expect(urls(parts) === urls([text]), `${what}: cut inside a link that would have fitted`);
}

function stripWhitespace(text: string): string {
  return text.replace(/\s+/gu, "");
}

function charactersOf(text: string): string[] {
  return [...graphemes.segment(text)]
    .map(({ segment }) => segment)
    .filter((segment) => segment.trim() !== "");
}
