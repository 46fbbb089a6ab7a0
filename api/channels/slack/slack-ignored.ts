import type { InboundIgnored } from "../channel.ts";
import { ignoreEvent } from "../json-body.ts";

/* Events and bodies that Slack may send and that need no answer. Names that are not listed are counted together as `other`. */

const EVENTS = [
  "app_home_opened",
  "app_uninstalled",
  "assistant_thread_context_changed",
  "assistant_thread_started",
  "channel_archive",
  "channel_created",
  "channel_deleted",
  "channel_id_changed",
  "channel_left",
  "channel_rename",
  "channel_shared",
  "channel_unarchive",
  "channel_unshared",
  "emoji_changed",
  "file_change",
  "file_created",
  "file_deleted",
  "file_public",
  "file_shared",
  "file_unshared",
  "function_executed",
  "group_left",
  "im_close",
  "im_created",
  "im_open",
  "link_shared",
  "member_joined_channel",
  "member_left_channel",
  "message_metadata_deleted",
  "message_metadata_posted",
  "message_metadata_updated",
  "pin_added",
  "pin_removed",
  "reaction_added",
  "reaction_removed",
  "subteam_updated",
  "team_join",
  "team_rename",
  "tokens_revoked",
  "user_change",
  "user_profile_changed",
];

/** Subtypes of messages about the channel, or written by Slack or by an app. */
const SUBTYPES = [
  "assistant_app_thread",
  "bot_add",
  "bot_remove",
  "channel_archive",
  "channel_convert_to_private",
  "channel_join",
  "channel_leave",
  "channel_name",
  "channel_posting_permissions",
  "channel_purpose",
  "channel_topic",
  "channel_unarchive",
  "ekm_access_denied",
  "file_comment",
  "file_mention",
  "group_archive",
  "group_join",
  "group_leave",
  "group_name",
  "group_purpose",
  "group_topic",
  "group_unarchive",
  "huddle_thread",
  "message_replied",
  "pinned_item",
  "reminder_add",
  "tombstone",
  "unpinned_item",
];

/** Bodies and interactions without a text of a contact, or of a form that we never opened. */
const BODIES = [
  "app_rate_limited",
  "block_suggestion",
  "dialog_cancellation",
  "dialog_submission",
  "dialog_suggestion",
  "interactive_message",
  "message_action",
  "shortcut",
  "ssl_check",
  "view_closed",
  "view_submission",
];

const KNOWN = Object.freeze({
  event: new Set(EVENTS),
  message: new Set(SUBTYPES),
  body: new Set(BODIES),
});

/** `event.reaction_added`, `message.channel_join`; a body has its bare name, such as `app_rate_limited`. */
export function ignoreKind(place: keyof typeof KNOWN, name: string): InboundIgnored {
  if (!KNOWN[place].has(name)) return ignoreEvent(`${place}.other`);
  return ignoreEvent(place === "body" ? name : `${place}.${name}`);
}
