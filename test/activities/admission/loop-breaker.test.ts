import { describe, expect, it } from "vitest";
import { detectMachinePace, hasRepeatedText } from "../../../activities/admission/loop-breaker.ts";

const START = Date.UTC(2026, 0, 2, 10);

/** Exchanges: each answer takes 2 s, and the next question follows after `gapsMs`. The last gap ends now. */
function talk(gapsMs: readonly number[]) {
  let at = START;
  const exchanges = gapsMs.map((gapMs) => {
    const exchange = { asked: new Date(at), answered: new Date(at + 2_000) };
    at += 2_000 + gapMs;
    return exchange;
  });
  return [exchanges, new Date(at)] as const;
}
const times = (count: number, gapMs: number) => Array.from({ length: count }, () => gapMs);

describe("detectMachinePace", () => {
  it("twelve questions in a row within four seconds each are a machine", () => {
    expect(detectMachinePace(...talk(times(11, 3_999)))).toBeNull();
    expect(detectMachinePace(...talk(times(12, 3_999)))).toBe("machine_pace");
    expect(detectMachinePace(...talk(times(12, 4_000)))).toBeNull();
  });

  it("a pause that is longer than a machine's starts the count again", () => {
    expect(detectMachinePace(...talk([...times(11, 1_000), 60_000, ...times(11, 1_000)]))).toBeNull();
  });

  it("thirty questions in a row without a pause of half a minute are a machine", () => {
    expect(detectMachinePace(...talk(times(29, 29_000)))).toBeNull();
    expect(detectMachinePace(...talk(times(30, 29_000)))).toBe("endless");
    expect(detectMachinePace(...talk([...times(29, 29_000), 31_000]))).toBeNull();
  });

  it("a contact who writes without waiting for the answer is not a machine", () => {
    expect(detectMachinePace(...talk(times(40, -1_500)))).toBeNull();
    // A machine may respond before we have written the send.
    expect(detectMachinePace(...talk(times(12, -500)))).toBe("machine_pace");
  });

  it("an exchange without an accepted answer does not count", () => {
    const [exchanges, now] = talk(times(12, 1_000));
    const lost = exchanges.map((exchange, i) => (i === 6 ? { ...exchange, answered: null } : exchange));
    expect(detectMachinePace(lost, now)).toBeNull();
  });
});

describe("hasRepeatedText", () => {
  const away = "I am out of the office until 12 May.";

  it("four equal texts among the last six are a loop, whatever their numbers, case and punctuation", () => {
    expect(
      hasRepeatedText([away, "hello", away.toUpperCase(), "I am out of the office until 13 May!", away]),
    ).toBe(true);
    expect(hasRepeatedText([away, away, "hello", "hi", away])).toBe(false);
    expect(hasRepeatedText([away, "a", "b", away, "c", away, away])).toBe(false);
  });

  it("only the most recent texts count", () => {
    expect(hasRepeatedText([away, away, away, away, "What are your opening hours?"])).toBe(false);
  });

  it("short texts and questions that differ in one number do not count", () => {
    expect(hasRepeatedText(["ok", "ok", "thanks", "ok", "ok", "ok"])).toBe(false);
    expect(hasRepeatedText([42, 43, 44, 45, 46].map((size) => `Is it there in size ${size}?`))).toBe(false);
    expect(hasRepeatedText(["1", "2", "3", "4", "5", "6"])).toBe(false);
    expect(hasRepeatedText([])).toBe(false);
    // Vowel signs do not end a word.
    expect(hasRepeatedText(Array.from({ length: 6 }, () => "बहुत बहुत धन्यवाद"))).toBe(false);
  });
});
