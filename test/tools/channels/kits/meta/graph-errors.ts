import type { RefusalClass } from "../../../../../activities/channels/channel.ts";
import type { ErrorCase } from "../../channel-kit.ts";

/** Answers of Meta's Graph API: those of every product, and a product's own codes as `"10"` or `"10/2018278"`. */
export function graphErrors(codes: Readonly<Record<string, RefusalClass>>): ErrorCase[] {
  return [
    {
      when: "too many calls",
      fault: { status: 429, headers: { "retry-after": "7" } },
      expectedClass: "throttle",
      waitMs: 7_000,
    },
    { when: "Meta is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "a gateway is broken", fault: { status: 502, body: "<html>" }, expectedClass: "retry" },
    { when: "the token was taken back", fault: { status: 401 }, expectedClass: "config" },
    { when: "the response is a page of a portal", fault: { garbage: true }, expectedClass: "unknown" },
    { when: "the answer has no id", fault: { status: 200, body: "{}" }, expectedClass: "unknown" },
    ...Object.entries(codes).map(([key, expectedClass]) => {
      const [code, subcode] = key.split("/");
      const error = {
        code: Number(code),
        message: "no",
        ...(subcode !== undefined && { error_subcode: Number(subcode) }),
      };
      return { when: `error ${key}`, fault: { status: 400, body: JSON.stringify({ error }) }, expectedClass };
    }),
  ];
}
