import { type Config, ConfigError } from "../../runtime/config.ts";
import type { Finding } from "./part.ts";

/** Every problem of the configuration, or what is valid and still unwise. */
export function configFinding(config: Config | ConfigError): Finding {
  if (!(config instanceof ConfigError))
    return {
      state: "ok",
      version: null,
      detail: "All settings are valid.",
      fix: null,
      warnings: unwise(config),
    };
  const named = config.problems.map(({ variable, message }) => `${variable} ${message}`).join("; ");
  return {
    state: "missing",
    version: null,
    detail: `${named}.`,
    fix: "Correct these settings, each of which .env.example describes, and run this again for the other parts.",
  };
}

function unwise(config: Config): string[] {
  const isSilent = config.TWILIO_ACCOUNT_SID === undefined && config.WEBHOOK_SECRET === undefined;
  const isOpen = config.NODE_ENV === "production" && config.EGRESS_ALLOW_HTTP;
  return [
    ...(isSilent
      ? ["No channel is set up here: set the TWILIO_* or the WEBHOOK_* group, or add accounts by API."]
      : []),
    ...(isOpen
      ? ["EGRESS_ALLOW_HTTP is true in production: answers may go out unencrypted; set it to false."]
      : []),
  ];
}
