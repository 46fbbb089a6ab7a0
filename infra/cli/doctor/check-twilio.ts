import { z } from "zod";
import type { Config } from "../../runtime/config/config.ts";
import { type Finding, createNotConfiguredCheck, type Check } from "./check.ts";

const API_VERSION = "2010-04-01";
const ACCOUNT = z.object({ status: z.string() });

/** Checks that the credentials work and that the account is active. */
export function createTwilioCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_BASE_URL: base } = config;
  if (sid === undefined || token === undefined) return createNotConfiguredCheck("Twilio", "TWILIO_*");
  return {
    name: "Twilio",
    fix: "Check TWILIO_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}`;
      const url = new URL(`/${API_VERSION}/Accounts/${sid}.json`, base);
      const response = await fetch(url, { headers: { authorization }, redirect: "error", signal });
      if (!response.ok) return describeRefusal(response.status);
      return assess(ACCOUNT.parse(await response.json()).status);
    },
  };
}

function assess(status: string): Finding {
  if (status === "active")
    return { state: "ok", version: API_VERSION, detail: "The account is active.", fix: null };
  const fix = "See the notices of the account at console.twilio.com.";
  return { state: "missing", version: API_VERSION, detail: `The account is ${status}.`, fix };
}

function describeRefusal(status: number): Finding {
  const isRefusal = status === 401 || status === 403 || status === 404;
  return {
    state: "missing",
    version: null,
    detail: isRefusal ? `The account or its token was refused (${status}).` : `It responded with ${status}.`,
    fix: isRefusal
      ? "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN as console.twilio.com shows them."
      : "Try again later. Messages wait until then.",
  };
}
