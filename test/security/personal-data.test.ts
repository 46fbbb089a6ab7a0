import { describe, expect, it } from "vitest";
import { createMasker } from "../../activities/answer/safety/mask-pii.ts";
import { createOrdinaryTexts, createPersonalTexts } from "./corpora/personal-data-corpus.ts";

/** `SECURITY_CASES=40000` runs the whole bar. */
const CASES = Number(process.env["SECURITY_CASES"] ?? 4_000);

describe("the text that goes to the model", () => {
  it("contains at most 1 of 200 numbers, addresses and secrets of a contact, of every kind", () => {
    const kinds = new Map<string, { all: number; left: string[] }>();
    for (const { kind, text, value, phoneRegion } of createPersonalTexts(31, CASES)) {
      const counts = kinds.get(kind) ?? { all: 0, left: [] };
      kinds.set(kind, counts);
      counts.all += 1;
      const masked = createMasker().start({ phoneRegion }).mask(text);
      if (holdsPart(masked, value))
        counts.left.push(`${kind}: ${JSON.stringify(text)} => ${JSON.stringify(masked)}`);
    }
    expect(
      [...kinds.values()]
        .filter(({ all, left }) => left.length > all / 200)
        .flatMap(({ left }) => left.slice(0, 5)),
    ).toEqual([]);
  });

  it("keeps at least 999 of 1000 texts with orders, dates, prices and versions as they are", () => {
    const altered: string[] = [];
    for (const text of createOrdinaryTexts(32, CASES)) {
      const masked = createMasker().start({ phoneRegion: "DE" }).mask(text);
      if (masked !== text) altered.push(`${JSON.stringify(text)} => ${JSON.stringify(masked)}`);
    }
    expect(altered.slice(0, altered.length > CASES / 1_000 ? 20 : 0)).toEqual([]);
  });
});

/** True if four signs in a row of the value are left. */
function holdsPart(masked: string, value: string): boolean {
  const [plain, wanted] = [masked.replace(/\[\[\w+\]\]/g, "|"), value].map((text) =>
    text.replace(/[^\p{L}\p{N}|]/gu, ""),
  );
  for (let at = 0; at + 4 <= (wanted ?? "").length; at++)
    if ((plain ?? "").includes((wanted ?? "").slice(at, at + 4))) return true;
  return false;
}
