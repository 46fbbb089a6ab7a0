import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { SlackFields } from "./slack-body.ts";

/** The context of the whole body. */
export interface SlackContext {
  receivedAt: Date;
  /** The workspaces and organisations that the body names, the most likely owner first. */
  teams: readonly string[];
  /** The bot's own ids. Messages from them are ours. */
  ownIds: ReadonlySet<string>;
}

const WORD = z.string().optional().catch(undefined);
const TEAM = z.looseObject({ id: WORD, team_id: WORD, enterprise_id: WORD }).optional().catch(undefined);
const INSTALLATION = z
  .looseObject({ team_id: WORD, enterprise_id: WORD, user_id: WORD, is_bot: z.boolean().catch(false) })
  .catch({ is_bot: false });

/** All fields are optional: a body without them, or with another shape, can still be read. */
const OWNER = z.looseObject({
  team_id: WORD,
  context_team_id: WORD,
  enterprise_id: WORD,
  context_enterprise_id: WORD,
  team: TEAM,
  enterprise: TEAM,
  authorizations: z.array(INSTALLATION).catch([]),
});

/**
 * The owner of the body. In a channel shared between companies `team_id` is the writer's workspace, and only the installation that
 * may see the event names ours.
 */
export function slackContext(
  fields: SlackFields,
  { account, receivedAt }: { account: ChannelAccount; receivedAt: Date },
): SlackContext {
  const owner = OWNER.parse(fields);
  const { authorizations: installations, team, enterprise } = owner;
  const teams = [
    ...installations.flatMap((installation) => [installation.team_id, installation.enterprise_id]),
    owner.context_team_id,
    owner.team_id,
    team?.id,
    owner.context_enterprise_id,
    owner.enterprise_id,
    team?.enterprise_id,
    enterprise?.id,
  ];
  const bots = installations.flatMap(({ is_bot: isBot, user_id: id }) => (isBot && id ? [id] : []));
  return {
    receivedAt,
    teams: teams.filter((id): id is string => Boolean(id)),
    ownIds: new Set([account.address, ...bots]),
  };
}
