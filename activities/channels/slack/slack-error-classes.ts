import type { RefusalClass } from "../channel.ts";

/**
 * Slack's words for a refused call by what they mean for the next step; they come with HTTP 200. Data, not logic. A word that is
 * not here is permanent: Slack's transient ones are few and known.
 */
export const SLACK_ERROR_CLASSES: Readonly<Record<string, RefusalClass>> = Object.freeze({
  // Slack says of both that a part may have been done; see `SLACK_HALF_DONE`.
  internal_error: "retry",
  fatal_error: "retry",
  service_unavailable: "retry",
  request_timeout: "retry",
  team_added_to_org: "retry",
  ratelimited: "throttle",
  rate_limited: "throttle",
  accesslimited: "throttle",
  channel_not_found: "permanent",
  is_archived: "permanent",
  msg_too_long: "permanent",
  msg_blocks_too_long: "permanent",
  no_text: "permanent",
  invalid_blocks: "permanent",
  restricted_action: "permanent",
  restricted_action_non_threadable_channel: "permanent",
  restricted_action_read_only_channel: "permanent",
  restricted_action_thread_locked: "permanent",
  restricted_action_thread_only_channel: "permanent",
  cannot_reply_to_message: "permanent",
  user_not_found: "permanent",
  user_disabled: "permanent",
  cannot_dm_bot: "permanent",
  // What follows would refuse every send of this app, or every one into this channel, until somebody changes something.
  not_in_channel: "config",
  missing_scope: "config",
  no_permission: "config",
  not_allowed_token_type: "config",
  invalid_auth: "config",
  not_authed: "config",
  token_revoked: "config",
  token_expired: "config",
  account_inactive: "config",
  access_denied: "config",
  ekm_access_denied: "config",
  enterprise_is_restricted: "config",
  messages_tab_disabled: "config",
  org_login_required: "config",
  team_access_not_granted: "config",
  team_not_found: "config",
  two_factor_setup_required: "config",
  unknown_method: "config",
});

/** "It's possible that some aspect of the operation succeeded before the error was raised": such a send has to be asked about. */
export const SLACK_HALF_DONE: ReadonlySet<string> = new Set(["internal_error", "fatal_error"]);
