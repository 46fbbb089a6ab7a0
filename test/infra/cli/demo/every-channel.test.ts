import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasWebhook } from "../../../../infra/channels/registry.ts";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import { silentProgress } from "../../../../infra/sandbox/progress.ts";
import { exchange } from "../../../../infra/cli/demo/exchange.ts";
import { createReceivers, type Received, type Receivers } from "../../../../infra/cli/demo/receivers.ts";
import { summarise } from "../../../../infra/cli/demo/report.ts";
import { runScenarios } from "../../../../infra/cli/demo/scenarios/run-scenarios.ts";
import { selectFakedMessages } from "../../../../infra/cli/demo/select-faked-messages.ts";
import { DEMO_CHANNELS, findContacts } from "../../../../infra/cli/demo/contacts.ts";
import { createWebPages } from "../../../../infra/cli/demo/web-pages.ts";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";

let parley: Installation;
const lines: string[] = [];
beforeAll(async () => {
  const port = await freePort();
  // Twilio signs the URL that it posts to, so it has to be the public one.
  const url = `http://127.0.0.1:${port}`;
  const env = { PORT: String(port), PUBLIC_BASE_URL: url, WEB_ALLOWED_ORIGINS: url };
  parley = await openInstallation({ env, lines: { write: (line) => void lines.push(line) } });
});
afterAll(() => parley.close());

const QUESTION = "How long are gift cards valid?";
const messages = DEMO_CHANNELS.map((channel, i) => ({
  channel,
  from: findContacts(channel).createAddress(i),
  text: QUESTION,
}));

async function run(wrap = (receivers: Receivers) => receivers) {
  const { config, db, vendors } = parley;
  const pages = createWebPages(config);
  const receivers = createReceivers(vendors, pages);
  await pages.open(messages.filter(({ channel }) => !hasWebhook(channel)).map(({ from }) => from));
  await receivers.pollNew();
  try {
    return await exchange({ config, db, messages, receivers: wrap(receivers), progress: silentProgress });
  } finally {
    pages.close();
  }
}

/** Receivers that report every reply some time after its arrival. */
function delayReplies(receivers: Receivers, delayMs: number): Receivers {
  let waiting: { from: number; received: Received }[] = [];
  return {
    async pollNew() {
      const arrived = (await receivers.pollNew()).map((received) => ({
        from: Date.now() + delayMs,
        received,
      }));
      const isDue = ({ from }: { from: number }) => from <= Date.now();
      const due = waiting.filter(isDue);
      waiting = [...waiting.filter((item) => !isDue(item)), ...arrived];
      return due.map(({ received }) => received);
    },
  };
}

describe("the demo", () => {
  it("gets one reply from the documents on every channel at its receiving end", async () => {
    const { messages: checked, doubled, badSignatures } = await run();
    const outcomes = checked.map(({ offered, outcome }) => [offered.message.channel, outcome]);
    expect(outcomes).toEqual(DEMO_CHANNELS.map((channel) => [channel, "answered"]));
    for (const { answer } of checked) expect(answer).toContain("5 years");
    expect([doubled, badSignatures]).toEqual([0, 0]);
  });

  it("no log line, workflow id or search attribute names a contact or holds a text", async () => {
    const query = `TaskQueue = '${parley.config.PARLEY_TASK_QUEUE}'`;
    const visible: string[] = [];
    for await (const { workflowId, typedSearchAttributes, memo } of parley.temporal?.workflow.list({
      query,
    }) ?? [])
      visible.push(JSON.stringify([workflowId, typedSearchAttributes.getAll(), memo]));
    expect(visible.length).toBeGreaterThanOrEqual(DEMO_CHANNELS.length);
    expect(lines.length).toBeGreaterThan(DEMO_CHANNELS.length);
    const secrets = [QUESTION, "5 years", ...messages.map(({ from }) => from)];
    const shown = [...lines, ...visible].filter((text) => secrets.some((secret) => text.includes(secret)));
    expect(shown).toEqual([]);
  });

  it("does not count the replies of an earlier run, which the web pages receive again", async () => {
    const again = await run();
    expect(summarise(again)).toMatchObject({ ok: true, answered: DEMO_CHANNELS.length, doubled: 0 });
  });

  it("waits for replies that reach the receiving ends late, as on a crowded machine", async () => {
    const late = await run((receivers) => delayReplies(receivers, 6_000));
    expect(summarise(late)).toMatchObject({ ok: true, answered: DEMO_CHANNELS.length, lost: 0 });
  });

  it("ignores requests of others to the webhook sink", async () => {
    const receivers = createReceivers(parley.vendors);
    await receivers.pollNew();
    await fetch(`${parley.vendors.sink}/hooks/mine`, { method: "POST", body: '{"hello":"there"}' });
    expect(await receivers.pollNew()).toEqual([]);
  });

  it("the demo runs its scenarios with the expected results", async () => {
    const { config, db, vendors: urls } = parley;
    const played = await runScenarios({ config, db, urls });
    expect(played.map(({ name, problem }) => [name, problem])).toEqual([
      ["quick_texts", null],
      ["stop", null],
      ["takeover", null],
    ]);
  });

  it("leaves out the channels that call the real vendor", () => {
    const config = { ...parley.config, SLACK_BASE_URL: "https://slack.com/api" };
    const left = selectFakedMessages(messages, config, parley.vendors).map(({ channel }) => channel);
    expect(left).toEqual(DEMO_CHANNELS.filter((channel) => channel !== "slack"));
  });
});
