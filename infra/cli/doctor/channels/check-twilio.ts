import { z } from "zod";
import type { Config } from "../../../runtime/config/config.ts";
import type { Fault } from "../../../runtime/faults/fault.ts";
import {
  type Check,
  createMisconfiguration,
  createNotConfiguredCheck,
  type Finding,
  reportFaults,
  reportOk,
} from "../check.ts";
import { describeUnexpected, reportMissing } from "./vendor-finding.ts";

const API_VERSION = "2010-04-01";
const ACCOUNT = z.object({ status: z.string() });
const NUMBERS = z.looseObject({
  incoming_phone_numbers: z.array(
    z.looseObject({ capabilities: z.looseObject({ sms: z.boolean() }).optional() }),
  ),
});
/** Short codes, names and messaging services are in other lists. */
const NUMBER = /^\+\d{8,15}$/;

/** Checks that the credentials work, that the account is active, and that it owns the number of the settings. */
export function createTwilioCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_BASE_URL: base } = config;
  if (sid === undefined || token === undefined) return createNotConfiguredCheck("Twilio", "TWILIO_*");
  return {
    name: "Twilio",
    service: "channel",
    fix: "Check TWILIO_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}`;
      const get = async (path: string) => {
        const url = new URL(`/${API_VERSION}/Accounts/${sid}${path}`, base);
        return await fetch(url, { headers: { authorization }, redirect: "error", signal });
      };
      const response = await get(".json");
      if (!response.ok) return describeRefusal(response.status);
      const { status } = ACCOUNT.parse(await response.json());
      if (status !== "active")
        return reportMissing(
          "account_inactive",
          `The account is ${status}.`,
          "See the notices of the account at console.twilio.com.",
        );
      const from = config.TWILIO_FROM ?? "";
      const fault = NUMBER.test(from) ? await checkNumber(get, from) : null;
      return fault === null
        ? reportOk("The account is active.", { version: API_VERSION })
        : reportFaults([fault], { version: API_VERSION });
    },
  };
}

/** Null also where the list cannot be read: a restricted key may send without the right to it. */
async function checkNumber(get: (path: string) => Promise<Response>, number: string): Promise<Fault | null> {
  const response = await get(`/IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(number)}`);
  const found = NUMBERS.safeParse(response.ok ? await response.json() : null);
  if (!found.success) return null;
  const [owned] = found.data.incoming_phone_numbers;
  if (owned === undefined)
    return createMisconfiguration("channel", [
      "other_number",
      "TWILIO_FROM is not a number of this account, so every send is refused.",
      "Set TWILIO_FROM to a number of the account, as console.twilio.com lists it.",
    ]);
  if (owned.capabilities?.sms === false)
    return createMisconfiguration("channel", [
      "no_sms",
      "The number in TWILIO_FROM cannot send SMS.",
      "Set TWILIO_FROM to a number with the capability SMS.",
    ]);
  return null;
}

function describeRefusal(status: number): Finding {
  if (status !== 401 && status !== 403 && status !== 404) return describeUnexpected(status);
  return reportMissing(
    "token_refused",
    `The account or its token was refused (${status}).`,
    "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN as console.twilio.com shows them.",
  );
}
