import { CHANNEL_GROUPS } from "../../channels/channel-settings.ts";
import { type Config, ConfigError } from "../../runtime/config/config.ts";
import { createMisconfiguration, type Finding, reportFaults, reportOk } from "./check.ts";

const FIX = "Correct these settings (.env.example describes each), and run this again to check the services.";

/** All problems of the configuration. A valid but risky one has warnings. */
export function checkConfig(config: Config | ConfigError): Finding {
  if (!(config instanceof ConfigError))
    return reportOk("All settings are valid.", { warnings: findRisks(config) });
  const faults = config.problems.map(({ variable, message }) =>
    createMisconfiguration("settings", [variable, `${variable} ${message}.`, FIX]),
  );
  return reportFaults(faults);
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
