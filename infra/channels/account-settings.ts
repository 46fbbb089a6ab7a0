import { z } from "zod";
import type { AccountSettings } from "../../db/tenants/channel-account.ts";
import { text } from "../runtime/config/field-rules.ts";

const TIME = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 21:00");
const WORDS = z.array(text(50)).max(50, "must be at most 50 words").optional();

/** The optional settings of an account. In a request null removes a setting, and a missing one stays as it is. */
const SHAPE = {
  quiet_window_ms: z
    .int("must be a whole number")
    .min(0, "must not be below 0")
    .max(10_000, "must be at most 10000")
    .meta({
      description: "How long a message waits for the next one, so that quick messages get one answer.",
    }),
  template: z
    .strictObject({ name: text(512), language: text(20) })
    .meta({ description: "The approved template that opens a closed reply window." }),
  quiet_hours: z
    .strictObject({
      from: TIME,
      to: TIME,
      time_zone: z.string().refine(isTimeZone, "must be a time zone such as Europe/Berlin"),
    })
    .meta({ description: "When no message is sent, so that it wakes no contact." }),
  keywords: z.strictObject({ stop: WORDS, start: WORDS, help: WORDS, agent: WORDS }).meta({
    description:
      "Words that count as STOP, START, HELP or the wish for an agent, in addition to the built-in ones.",
  }),
  handoff_timeout_s: z
    .int("must be a whole number of seconds")
    .min(10, "must be at least 10")
    .max(86_400, "must be at most 86400")
    .meta({ description: "How long a contact who asked for an agent waits before the assistant is back." }),
  agents: z.array(text(100)).max(500, "must be at most 500 ids").meta({
    description:
      "Slack, Telegram and LINE: the user ids of the agents who write in channels and groups. What they write there takes the conversations over.",
  }),
  names: z
    .array(z.string().regex(/^\w{2,64}$/, "must be a name without @, of letters, digits and _"))
    .max(20, "must be at most 20 names")
    .meta({
      description:
        "Telegram: the bot's username, by which a group names it. Default: every name that ends with bot.",
    }),
  origins: z
    .array(z.string().refine(isOrigin, "must be an origin such as https://shop.example"))
    .max(100, "must be at most 100 origins")
    .meta({ description: "Web chat: pages that may show the widget." }),
};

export const SETTINGS = z.object(SHAPE).partial().meta({ id: "AccountSettings" });
export const SETTINGS_CHANGE = z.strictObject({
  quiet_window_ms: SHAPE.quiet_window_ms.nullable().optional(),
  template: SHAPE.template.nullable().optional(),
  quiet_hours: SHAPE.quiet_hours.nullable().optional(),
  keywords: SHAPE.keywords.nullable().optional(),
  handoff_timeout_s: SHAPE.handoff_timeout_s.nullable().optional(),
  agents: SHAPE.agents.nullable().optional(),
  names: SHAPE.names.nullable().optional(),
  origins: SHAPE.origins.nullable().optional(),
});

export const SETTINGS_EXAMPLE = {
  quiet_window_ms: 700,
  quiet_hours: { from: "21:00", to: "08:00", time_zone: "Europe/Berlin" },
  keywords: { stop: ["basta"] },
};

export function formatSettings(stored: AccountSettings) {
  const { quietWindowMs, template, quietHours, keywords, handoffTimeoutS, ...lists } = stored;
  const hours = quietHours && { from: quietHours.from, to: quietHours.to, time_zone: quietHours.timeZone };
  const all = { quiet_window_ms: quietWindowMs, template, quiet_hours: hours, keywords, ...lists };
  return omitUndefined({ ...all, handoff_timeout_s: handoffTimeoutS }) as z.input<typeof SETTINGS>;
}

export function changeSettings(
  now: AccountSettings,
  change: z.output<typeof SETTINGS_CHANGE> = {},
): AccountSettings {
  const { quiet_window_ms: quietWindowMs, quiet_hours: hours, template, keywords } = change;
  const { handoff_timeout_s: handoffTimeoutS, origins, agents, names } = change;
  const quietHours = hours && { from: hours.from, to: hours.to, timeZone: hours.time_zone };
  const lists = { origins, agents, names };
  const changed = omitUndefined({ quietWindowMs, template, quietHours, keywords, handoffTimeoutS, ...lists });
  const merged = Object.entries({ ...now, ...changed });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

function omitUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    // Not logged: the error of the setting names the rule.
    return false;
  }
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).origin === value;
}
