import { expect, it } from "vitest";
import { detectMachinePace } from "../../../../activities/admission/loop-breaker.ts";
import { contactOf } from "./closed-loop.ts";

/** What the loop breaker says of a contact who writes this often, each time at once after the reply. */
function judgePace(messages: number) {
  const exchanges = Array.from({ length: messages - 1 }, (_, n) => ({
    asked: new Date(n * 100),
    answered: new Date(n * 100 + 50),
  }));
  return detectMachinePace(exchanges, new Date((messages - 1) * 100));
}

it("no contact of a loop writes so often in a row that it counts as a machine", () => {
  const sent = new Map<string, number>();
  for (let n = 0; n < 5_000; n++) {
    const contact = contactOf(3, n);
    sent.set(contact, (sent.get(contact) ?? 0) + 1);
  }
  expect(sent.size).toBeGreaterThan(100);
  for (const [contact, messages] of sent) expect([contact, judgePace(messages)]).toEqual([contact, null]);
  expect(judgePace(20)).toBe("machine_pace");
});

it("a contact belongs to one loop, and the next message of a loop is of another contact", () => {
  expect(contactOf(1, 0)).not.toBe(contactOf(2, 0));
  expect(contactOf(1, 0)).not.toBe(contactOf(1, 1));
});
