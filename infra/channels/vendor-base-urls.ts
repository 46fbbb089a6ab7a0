import type { Config } from "../runtime/config/config.ts";

/** Where each vendor's API is, by the settings of the environment. */
export function vendorBaseUrls(config: Config) {
  return {
    twilio: config.TWILIO_BASE_URL,
    whatsapp: config.WHATSAPP_BASE_URL,
    messenger: config.FACEBOOK_BASE_URL,
    instagram: config.INSTAGRAM_BASE_URL,
    telegram: config.TELEGRAM_BASE_URL,
    slack: config.SLACK_BASE_URL,
  };
}
