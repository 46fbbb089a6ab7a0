import { describe, expect, it } from "vitest";
import type { InboundMessage } from "../../../api/channels/channel.ts";
import { hearAgent } from "../../../api/channels/hear-agent.ts";
import { CHANNEL_NAMES } from "../../../infra/channels/registry.ts";
import { PLACES } from "../../security/places.ts";

const MESSAGE: InboundMessage = {
  kind: "message",
  providerMessageId: "m1",
  from: "joe",
  thread: "club",
  text: "I'll take this one",
  origin: "typed",
  providerTime: null,
};
const ACCOUNT = { settings: { agents: ["joe"] } };

/** Channels whose threads are no places where others read: the caller of the webhook names conversations as it likes. */
const THREADS_OF_THE_CALLER: ReadonlySet<string> = new Set(["webhook"]);

describe("who speaks in a shared place", () => {
  it.each(CHANNEL_NAMES.filter((name) => !THREADS_OF_THE_CALLER.has(name)))(
    "is part of the message in every place of %s where others read",
    (channel) => {
      for (const { name, event, isDirect } of PLACES[channel])
        if (event?.kind === "message") expect([name, event.shared === undefined]).toEqual([name, isDirect]);
    },
  );

  it("an agent answers contacts, unless the agent names the assistant or writes to it directly", () => {
    const group = { kind: "group", isNamed: false } as const;
    expect(hearAgent({ ...MESSAGE, shared: group }, ACCOUNT)).toEqual({
      kind: "agent_reply",
      providerMessageId: "m1",
      to: null,
      thread: "club",
      text: "I'll take this one",
      providerTime: null,
    });
    const answer = { ...group, repliesToContact: "eve" };
    expect(hearAgent({ ...MESSAGE, shared: answer }, ACCOUNT)).toMatchObject({
      kind: "agent_reply",
      to: "eve",
    });
    for (const event of [MESSAGE, { ...MESSAGE, shared: { ...group, isNamed: true } }])
      expect(hearAgent(event, ACCOUNT)).toBe(event);
  });

  it("what others say to each other in a group is ignored, and what may concern the assistant is not", () => {
    const hear = (shared: InboundMessage["shared"]) =>
      hearAgent({ ...MESSAGE, ...(shared && { shared }) }, { settings: {} });
    expect(hear({ kind: "group", isNamed: false })).toEqual({
      kind: "ignored",
      what: "message.not_addressed",
    });
    for (const shared of [
      { kind: "thread", isNamed: false },
      { kind: "group", isNamed: true },
      { kind: "group", isNamed: false, repliesToUs: true },
      { kind: "group", isNamed: false, repliesTo: "m0" },
      { kind: "group", isNamed: false, repliesToContact: "eve" },
    ] as const)
      expect(hear(shared)).toMatchObject({ kind: "message", shared });
  });
});
