import { z } from "zod";
import type { Config } from "../../../runtime/config/config.ts";
import { callVendor, type VendorResponse } from "../../tasks/call-vendor.ts";
import { toFault } from "../../../runtime/faults/fault.ts";
import { type Check, createNotConfiguredCheck, type Finding, reportFaults, reportOk } from "../check.ts";
import { reportMissing, quoteVendor, describeUnexpected } from "./vendor-finding.ts";

const NAME = "Slack";
const RESPONSE = z.discriminatedUnion("ok", [
  z.looseObject({
    ok: z.literal(true),
    team: z.string().default(""),
    team_id: z.string(),
    enterprise_id: z.string().nullish(),
    user_id: z.string(),
    bot_id: z.string().optional(),
  }),
  z.looseObject({ ok: z.literal(false), error: z.string() }),
]);
const THROTTLED = toFault("channel", {
  kind: "outage",
  what: "unavailable",
  cause: "Slack limits our requests.",
  fix: "Try again in a minute.",
});
type Bot = Extract<z.infer<typeof RESPONSE>, { ok: true }>;

/** Checks that the token belongs to the bot user and the workspace of the settings. */
export function createSlackCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check {
  const { SLACK_BOT_TOKEN: token, SLACK_BASE_URL: base } = config;
  if (token === undefined) return createNotConfiguredCheck(NAME, "SLACK_*");
  return {
    name: NAME,
    service: "channel",
    fix: "Check SLACK_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const response = await callVendor({ fetch, url: `${base}/auth.test`, method: "POST", token, signal });
      const parsed = RESPONSE.safeParse(response.body);
      if (!parsed.success) return describeUnexpected(response.status);
      return parsed.data.ok ? assess(parsed.data, config, response) : describeRefusal(parsed.data.error);
    },
  };
}

function assess(
  bot: Bot,
  { SLACK_TEAM_ID: team, SLACK_BOT_USER_ID: user }: Config,
  response: VendorResponse,
): Finding {
  if (bot.team_id !== team && bot.enterprise_id !== team)
    return reportMissing(
      "other_workspace",
      `The token is for the workspace ${bot.team_id}, not for SLACK_TEAM_ID.`,
      "Set SLACK_TEAM_ID and SLACK_BOT_TOKEN to values of the same workspace.",
    );
  if (bot.user_id !== user && bot.bot_id !== user)
    return reportMissing(
      "other_bot",
      `The token belongs to the bot user ${bot.user_id}, not to SLACK_BOT_USER_ID.`,
      "Set SLACK_BOT_USER_ID to that user, or SLACK_BOT_TOKEN to the token of the configured user.",
    );
  const detail = `The token works in the workspace ${quoteVendor(bot.team)}.`;
  return canWrite(response)
    ? reportOk(detail)
    : reportMissing(
        "permission_missing",
        `${detail} It may not write.`,
        "Give the Slack app the scope chat:write and install it again.",
      );
}

/** Each response of Slack contains the scopes of the token. */
function canWrite({ headers }: VendorResponse): boolean {
  const scopes = headers.get("x-oauth-scopes");
  return scopes === null || scopes.split(",").some((scope) => scope.trim() === "chat:write");
}

function describeRefusal(error: string): Finding {
  if (error === "ratelimited") return reportFaults([THROTTLED]);
  return reportMissing(
    "token_refused",
    `Slack refused the token: ${quoteVendor(error)}.`,
    "Set SLACK_BOT_TOKEN to the Bot User OAuth Token of the app, which api.slack.com/apps shows.",
  );
}
