import type { Planted } from "./planted.ts";
import { withLocalVendor } from "./planted-vendors.ts";

/** Wrong configurations of channels. */
export const CHANNELS_PLANTED: readonly Planted[] = [
  {
    name: "the other id of an Instagram account",
    plant: async (parley) =>
      await withLocalVendor(parley, "INSTAGRAM_BASE_URL", () => ({
        status: 200,
        body: { id: "17840000000000102", user_id: "17841400000000001", username: "shop" },
      })),
    check: "Instagram",
    code: "channel.other_id",
    fix: "17841400000000001",
  },
  {
    name: "the id of the business account in place of the WhatsApp number's",
    plant: async (parley) =>
      await withLocalVendor(parley, "WHATSAPP_BASE_URL", () => ({
        status: 400,
        body: { error: { message: "nonexisting field", type: "OAuthException", code: 100 } },
      })),
    check: "WhatsApp",
    code: "channel.other_id",
    fix: "WHATSAPP_PHONE_NUMBER_ID",
  },
  {
    name: "the token of another page",
    plant: async (parley) =>
      await withLocalVendor(parley, "FACEBOOK_BASE_URL", () => ({
        status: 200,
        body: { id: "100000000000999", name: "Another shop" },
      })),
    check: "Messenger",
    code: "channel.other_id",
    fix: "FACEBOOK_PAGE_ID",
  },
  {
    name: "a token of Slack for another workspace",
    plant: async (parley) =>
      await withLocalVendor(parley, "SLACK_BASE_URL", () => ({
        status: 200,
        body: { ok: true, team: "Other", team_id: "T0OTHER", user_id: "U0" },
      })),
    check: "Slack",
    code: "channel.other_workspace",
    fix: "SLACK_TEAM_ID",
  },
  {
    name: "a revoked token of Telegram",
    plant: async (parley) =>
      await withLocalVendor(parley, "TELEGRAM_BASE_URL", () => ({
        status: 401,
        body: { ok: false, error_code: 401, description: "Unauthorized" },
      })),
    check: "Telegram",
    code: "channel.token_refused",
    fix: "TELEGRAM_BOT_TOKEN",
  },
  {
    name: "the id of another LINE bot",
    plant: () => ({ LINE_BOT_USER_ID: `U${"f".repeat(32)}` }),
    check: "LINE",
    code: "channel.other_bot",
    fix: "LINE_BOT_USER_ID",
  },
  {
    name: "a number that the Twilio account does not own",
    plant: async (parley) =>
      await withLocalVendor(parley, "TWILIO_BASE_URL", (path) => ({
        status: 200,
        body: path.includes("IncomingPhoneNumbers") ? { incoming_phone_numbers: [] } : { status: "active" },
      })),
    check: "Twilio",
    code: "channel.other_number",
    fix: "TWILIO_FROM",
  },
];
