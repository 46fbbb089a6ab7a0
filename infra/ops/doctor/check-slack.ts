import { z } from "zod";
import type { Config } from "../../runtime/config.ts";
import { askVendor, type VendorAnswer } from "../ask-vendor.ts";
import { type Finding, notConfigured, type PartCheck } from "./part.ts";
import { missing, quoted, unexpected } from "./vendor-finding.ts";

const PART = "Slack";
const ANSWER = z.discriminatedUnion("ok", [
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
type Bot = Extract<z.infer<typeof ANSWER>, { ok: true }>;

/** The token is the one of the bot in the workspace that the settings name. */
export function slackCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): PartCheck {
  const { SLACK_BOT_TOKEN: token, SLACK_BASE_URL: base } = config;
  if (token === undefined) return notConfigured(PART, "SLACK_*");
  return {
    part: PART,
    fix: "Check SLACK_BASE_URL and that this machine may reach it.",
    async check(signal) {
      const answer = await askVendor({ fetch, url: `${base}/auth.test`, method: "POST", token, signal });
      const parsed = ANSWER.safeParse(answer.body);
      if (!parsed.success) return unexpected(answer.status);
      return parsed.data.ok ? judge(parsed.data, config, answer) : refused(parsed.data.error);
    },
  };
}

function judge(
  bot: Bot,
  { SLACK_TEAM_ID: team, SLACK_BOT_USER_ID: user }: Config,
  answer: VendorAnswer,
): Finding {
  if (bot.team_id !== team && bot.enterprise_id !== team)
    return missing(
      `The token is for the workspace ${bot.team_id}, not for SLACK_TEAM_ID.`,
      "Set SLACK_TEAM_ID and SLACK_BOT_TOKEN to those of one workspace.",
    );
  if (bot.user_id !== user && bot.bot_id !== user)
    return missing(
      `The token is of the bot user ${bot.user_id}, not of SLACK_BOT_USER_ID.`,
      "Set SLACK_BOT_USER_ID to that user, or SLACK_BOT_TOKEN to the token of the other one.",
    );
  const detail = `The token works in the workspace ${quoted(bot.team)}.`;
  return { state: "ok", version: null, detail, fix: null, warnings: scopeWarnings(answer) };
}

/** Slack says with each answer what the token may do. */
function scopeWarnings({ headers }: VendorAnswer): string[] {
  const scopes = headers.get("x-oauth-scopes");
  if (scopes === null || scopes.split(",").some((scope) => scope.trim() === "chat:write")) return [];
  return ["Slack's bot may not write: give its app the scope chat:write and install it again."];
}

function refused(error: string): Finding {
  if (error === "ratelimited") return missing("Slack is asked too often.", "Try again in a minute.");
  return missing(
    `Slack refused the token: ${quoted(error)}.`,
    "Set SLACK_BOT_TOKEN to the Bot User OAuth Token of the app, which api.slack.com/apps shows.",
  );
}
