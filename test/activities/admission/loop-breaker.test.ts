import { describe, expect, it } from "vitest";
import { detectMachinePace, hasRepeatedText } from "../../../activities/admission/loop-breaker.ts";

const START = Date.UTC(2026, 0, 2, 10);

/** Exchanges of which each answer takes 2 s and the next question comes `gapsMs` after it; the last gap leads to now. */
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

describe("paceSign", () => {
  it("sees a machine after twelve questions in a row that came within four seconds", () => {
    expect(detectMachinePace(...talk(times(11, 3_999)))).toBeNull();
    expect(detectMachinePace(...talk(times(12, 3_999)))).toBe("machine_pace");
    expect(detectMachinePace(...talk(times(12, 4_000)))).toBeNull();
  });

  it("begins to count again after every pause that a person would make", () => {
    expect(detectMachinePace(...talk([...times(11, 1_000), 60_000, ...times(11, 1_000)]))).toBeNull();
  });

  it("sees a slower machine after thirty questions without one pause of half a minute", () => {
    expect(detectMachinePace(...talk(times(29, 29_000)))).toBeNull();
    expect(detectMachinePace(...talk(times(30, 29_000)))).toBe("endless");
    expect(detectMachinePace(...talk([...times(29, 29_000), 31_000]))).toBeNull();
  });

  it("takes nobody for a machine who writes on without waiting for the answer", () => {
    expect(detectMachinePace(...talk(times(40, -1_500)))).toBeNull();
    // A machine may be quicker than our own note of the send.
    expect(detectMachinePace(...talk(times(12, -500)))).toBe("machine_pace");
  });

  it("counts no exchange whose answer was not taken by the vendor", () => {
    const [exchanges, now] = talk(times(12, 1_000));
    const lost = exchanges.map((exchange, i) => (i === 6 ? { ...exchange, answered: null } : exchange));
    expect(detectMachinePace(lost, now)).toBeNull();
  });
});

describe("repeats", () => {
  const away = "I am out of the office until 12 May.";

  it("repeats reports four equal texts among the last six, without regard to numbers, case and punctuation", () => {
    expect(
      hasRepeatedText([away, "hello", away.toUpperCase(), "I am out of the office until 13 May!", away]),
    ).toBe(true);
    expect(hasRepeatedText([away, away, "hello", "hi", away])).toBe(false);
    expect(hasRepeatedText([away, "a", "b", away, "c", away, away])).toBe(false);
  });

  it("repeats looks at the most recent texts only", () => {
    expect(hasRepeatedText([away, away, away, away, "What are your opening hours?"])).toBe(false);
  });

  it("repeats ignores short texts and questions that differ in one number", () => {
    expect(hasRepeatedText(["ok", "ok", "thanks", "ok", "ok", "ok"])).toBe(false);
    expect(hasRepeatedText([42, 43, 44, 45, 46].map((size) => `Is it there in size ${size}?`))).toBe(false);
    expect(hasRepeatedText(["1", "2", "3", "4", "5", "6"])).toBe(false);
    expect(hasRepeatedText([])).toBe(false);
    // Vowel signs are no ends of words.
    expect(hasRepeatedText(Array.from({ length: 6 }, () => "बहुत बहुत धन्यवाद"))).toBe(false);
  });
});
