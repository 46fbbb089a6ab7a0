import type { RefusalClass } from "../channel.ts";

/**
 * Classes of Slack's error words, which come with HTTP 200. It is data, not logic. A word that is not listed is permanent: Slack's
 * transient errors are few and known.
 */
export const SLACK_ERROR_CLASSES: Readonly<Record<string, RefusalClass>> = Object.freeze({
  // Slack says of both that a part may have been done: see `SLACK_HALF_DONE`.
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
  // The following errors affect every send of this app, or every send to this channel, until the operator changes something.
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

/** "It's possible that some aspect of the operation succeeded before the error was raised": the outcome has to be asked for. */
export const SLACK_HALF_DONE: ReadonlySet<string> = new Set(["internal_error", "fatal_error"]);
