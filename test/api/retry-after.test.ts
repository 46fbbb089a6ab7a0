import { expect, it } from "vitest";
import { isTemporary, Problem, PROBLEM_SCHEMA, type ProblemCode, statusOf } from "../../api/problem.ts";
import { openStorelessApi } from "./open-storeless-api.ts";

const CODES = PROBLEM_SCHEMA.properties.code.enum as ProblemCode[];

it("every response with 429 or 503 says when to try again, in whole seconds from 1 on, and no other response does", async () => {
  const { app, close } = await openStorelessApi({
    extend(open) {
      for (const code of CODES) {
        open.get(`/problems/${code}`, () => {
          throw new Problem(code, "");
        });
        open.get(`/problems/${code}/soon`, () => {
          throw new Problem(code, "", [], { retryAfterS: 0.02 });
        });
      }
    },
  });
  const temporary = CODES.filter((code) => isTemporary(statusOf(code)));
  expect(temporary).toEqual(expect.arrayContaining(["rate_limited", "unavailable", "account_unreadable"]));
  for (const code of CODES)
    for (const path of [`/problems/${code}`, `/problems/${code}/soon`]) {
      const { statusCode, headers } = await app.inject(path);
      expect(statusCode, path).toBe(statusOf(code));
      const retryAfter = headers["retry-after"];
      if (temporary.includes(code)) expect(String(retryAfter), path).toMatch(/^[1-9]\d*$/);
      else expect(retryAfter, path).toBeUndefined();
    }
  await close();
});
