import { expect, it } from "vitest";
import { createTwilioCheck } from "../../../../../infra/cli/doctor/channels/check-twilio.ts";
import { runCheck } from "../../../../../infra/cli/doctor/check.ts";
import { type FakeResponse, configAt, SECRET_VALUES, serve } from "../local-servers.ts";

const SID = `AC${"0".repeat(32)}`;
const SETTINGS = {
  TWILIO_ACCOUNT_SID: SID,
  TWILIO_AUTH_TOKEN: SECRET_VALUES.token,
  TWILIO_FROM: "+15550100200",
};

async function examine(response: FakeResponse) {
  const config = configAt(1, { ...SETTINGS, TWILIO_BASE_URL: await serve(response) });
  return await runCheck(createTwilioCheck(config, { fetch }), 5_000);
}

it("is in order where it is not configured", async () => {
  const finding = await runCheck(createTwilioCheck(configAt(1), { fetch }), 5_000);
  expect(finding).toMatchObject({ state: "not_configured", fix: null });
});

it("is in order when the account is active, asked with its credentials", async () => {
  const asked: (string | undefined)[] = [];
  const finding = await examine(({ url, headers }) => {
    asked.push(url, headers.authorization);
    return { body: { sid: SID, status: "active" } };
  });
  expect(finding).toMatchObject({ state: "ok", version: "2010-04-01" });
  const credentials = Buffer.from(`${SID}:${SECRET_VALUES.token}`).toString("base64");
  expect(asked).toEqual([
    `/2010-04-01/Accounts/${SID}.json`,
    `Basic ${credentials}`,
    `/2010-04-01/Accounts/${SID}/IncomingPhoneNumbers.json?PhoneNumber=%2B15550100200`,
    `Basic ${credentials}`,
  ]);
});

it("is missing when the account is suspended", async () => {
  const finding = await examine(() => ({ body: { sid: SID, status: "suspended" } }));
  expect(finding).toMatchObject({ state: "missing", detail: "The account is suspended." });
});

it("names the setting to correct for a rejected token", async () => {
  const { state, fix } = await examine(() => ({ status: 401, body: { code: 20003 } }));
  expect(state).toBe("missing");
  expect(fix).toContain("TWILIO_AUTH_TOKEN");
});

it("is missing when the answer is not Twilio's", async () => {
  expect((await examine(() => ({ body: { hello: "world" } }))).state).toBe("missing");
});

it.each([
  ["of another account", [], "channel.other_number"],
  ["that cannot send SMS", [{ capabilities: { sms: false } }], "channel.no_sms"],
])("names a number %s", async (_, numbers, code) => {
  const { faults, fix } = await examine(({ url = "" }) => ({
    body: url.includes("IncomingPhoneNumbers")
      ? { incoming_phone_numbers: numbers }
      : { sid: SID, status: "active" },
  }));
  expect(faults.map((fault) => fault.code)).toEqual([code]);
  expect(fix).toContain("TWILIO_FROM");
});

it("says nothing about the number where the key may not list numbers", async () => {
  const { state } = await examine(({ url = "" }) =>
    url.includes("IncomingPhoneNumbers") ? { status: 403, body: {} } : { body: { status: "active" } },
  );
  expect(state).toBe("ok");
});
