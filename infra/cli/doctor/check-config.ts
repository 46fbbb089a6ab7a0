import { CHANNEL_GROUPS } from "../../channels/channel-settings.ts";
import { type Config, ConfigError } from "../../runtime/config/config.ts";
import type { Finding } from "./check.ts";

/** Every problem of the configuration, or what is valid and still unwise. */
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
    fix: "Correct these settings, each of which .env.example describes, and run this again for the other parts.",
  };
}

function findRisks(config: Config): string[] {
  const isSilent = CHANNEL_GROUPS.every(([setting]) => config[setting] === undefined);
  const isOpen = config.NODE_ENV === "production" && config.EGRESS_ALLOW_HTTP;
  return [
    ...(isSilent
      ? [
          "No channel is set up here: set the group of one, such as TWILIO_*, or add accounts by `parley accounts create`.",
        ]
      : []),
    ...(isOpen
      ? ["EGRESS_ALLOW_HTTP is true in production: answers may go out unencrypted; set it to false."]
      : []),
  ];
}
