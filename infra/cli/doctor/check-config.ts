import { CHANNEL_GROUPS } from "../../channels/channel-settings.ts";
import { type Config, ConfigError } from "../../runtime/config/config.ts";
import type { Finding } from "./check.ts";

/** All problems of the configuration. A valid but risky one has warnings. */
export function checkConfig(config: Config | ConfigError): Finding {
  if (!(config instanceof ConfigError))
    return {
      state: "ok",
      version: null,
      detail: "All settings are valid.",
      fix: null,
      warnings: findRisks(config),
    };
  const named = config.problems.map(({ variable, message }) => `${variable} ${message}`).join("; ");
  return {
    state: "missing",
    version: null,
    detail: `${named}.`,
    fix: "Correct these settings (.env.example describes each), and run this again to check the services.",
  };
}

function findRisks(config: Config): string[] {
  const isSilent = CHANNEL_GROUPS.every(([setting]) => config[setting] === undefined);
  const isOpen = config.NODE_ENV === "production" && config.EGRESS_ALLOW_HTTP;
  return [
    ...(isSilent
      ? [
          "No channel has settings: set those of a channel, such as TWILIO_*, or add accounts with `parley accounts create`.",
        ]
      : []),
    ...(isOpen
      ? ["EGRESS_ALLOW_HTTP is true in production, so replies may be sent unencrypted: set it to false."]
      : []),
  ];
}
