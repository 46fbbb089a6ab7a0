import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signSlackRequest } from "../../../infra/runtime/signatures/slack-signature.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const QUESTION = "Within how many days can I return something unused?";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

interface Post {
  to: string;
  text: string;
  details: { thread_ts?: string };
}

/** Posts an event as Slack does, signed with the secret of the account. */
async function post(event: object): Promise<Response> {
  const { SLACK_TEAM_ID: team, SLACK_BOT_USER_ID: bot, SLACK_SIGNING_SECRET: secret = "" } = parley.config;
  const message = { user: "U0ADA", text: `<@${bot}> ${QUESTION}`, ...event };
  const rawBody = Buffer.from(JSON.stringify({ type: "event_callback", team_id: team, event: message }));
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const headers = {
    "content-type": "application/json",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signSlackRequest({ timestamp, rawBody, secret }),
  };
  return await fetch(`${parley.url}/webhooks/slack/main`, { method: "POST", headers, body: rawBody });
}

async function postsIn(channel: string): Promise<Post[]> {
  const reply = await fetch(`${parley.vendors.slack}/__control/messages`);
  const { messages } = (await reply.json()) as { messages: Post[] };
  return messages.filter(({ to }) => to === channel);
}

const stamp = () => (Date.now() / 1_000).toFixed(6);
const anyPost = (channel: string) =>
  eventually(`a post in ${channel}`, async () => (await postsIn(channel)).at(0));

describe("a mention in a channel of Slack", () => {
  it("a mention that arrives as two events is answered once, in its thread", async () => {
    const ts = stamp();
    const mention = { channel: "C0CLUB", ts };
    const taken = [
      await post({ ...mention, type: "app_mention" }),
      await post({ ...mention, type: "message", channel_type: "channel" }),
    ];
    expect(taken.map(({ status }) => status)).toEqual([200, 200]);
    expect(await taken[0]?.text()).toBe("");
    expect(await anyPost("C0CLUB")).toMatchObject({ details: { thread_ts: ts } });
    const { rows } = await parley.db.$client.query(
      "select provider_message_id from inbox where provider_message_id like 'C0CLUB:%'",
    );
    expect(rows).toEqual([{ provider_message_id: `C0CLUB:${ts}` }]);
    expect(await postsIn("C0CLUB")).toMatchObject([{ text: expect.stringContaining("30 days") }]);
  });

  it("a mention is not answered again when the response to the post was lost", async () => {
    const faults = `${parley.vendors.slack}/__control/faults`;
    const script = [{ match: { path: "/chat.postMessage" }, times: 1, fault: { accept_then_drop: true } }];
    await fetch(faults, { method: "POST", body: JSON.stringify({ script }) });
    const ts = stamp();
    await post({ type: "app_mention", channel: "C0LOST", ts });
    await anyPost("C0LOST");
    const [delivery] = await eventually("the delivery", async () => {
      const { rows } = await parley.db.$client.query<{ state: string; provider_id: string }>(
        "select state, provider_id from deliveries where provider_id like 'C0LOST:%'",
      );
      return rows.length > 0 && rows;
    });
    expect(delivery).toMatchObject({ state: "accepted" });
    expect(await postsIn("C0LOST")).toHaveLength(1);
  });
});
