import { expect, it } from "vitest";
import { isTemporary, Problem, PROBLEM_SCHEMA, type ProblemCode, statusOf } from "../../api/problem.ts";

const CODES = PROBLEM_SCHEMA.properties.code.enum as ProblemCode[];

it("every problem with 429 or 503 says when to try again, in whole seconds from 1 on, and no other problem does", () => {
  const temporary = CODES.filter((code) => isTemporary(statusOf(code)));
  expect(temporary).toEqual(expect.arrayContaining(["rate_limited", "unavailable", "account_unreadable"]));
  for (const code of CODES) {
    const times = [new Problem(code, ""), new Problem(code, "", [], { retryAfterS: 0.02 })];
    for (const { retryAfterS } of times) {
      if (temporary.includes(code))
        expect(Number.isInteger(retryAfterS) && Number(retryAfterS) >= 1, code).toBe(true);
      else expect(retryAfterS, code).toBeNull();
    }
  }
});
