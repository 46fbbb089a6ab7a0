import { expect, it } from "vitest";
import { parseTurnOrigin, type TurnOrigin } from "../../../db/turns/turn-origin.ts";

it.each<TurnOrigin>([
  { kind: "inbound" },
  { kind: "agent", agent: "dana", via: "parley" },
  { kind: "agent", agent: "vendor_inbox", via: "vendor_inbox" },
  { kind: "notice", notice: "handoff_timeout" },
  { kind: "resend", deliveryId: "d1", resends: 2 },
  { kind: "reroute", fromTurnId: "t1", resends: 0, agent: null },
  { kind: "reroute", fromTurnId: "t1", resends: 1, agent: "dana" },
])("the origin %j is read as it was written", (origin) => {
  expect(parseTurnOrigin(JSON.parse(JSON.stringify(origin)))).toEqual(origin);
});

it.each([
  null,
  "inbound",
  {},
  { kind: "human" },
  { kind: "agent" },
  { kind: "notice", notice: "unheard_of" },
  { kind: "resend", deliveryId: "d1", resends: "1" },
  { kind: "reroute", fromTurnId: "t1", resends: 1 },
])("%j is rejected as the origin of a turn", (origin) => {
  expect(() => parseTurnOrigin(origin)).toThrow(/origin of a turn|name of a notice/u);
});
