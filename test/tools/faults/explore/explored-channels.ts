/** The channels on which contacts of a round write. */
export const EXPLORED_CHANNELS = [
  "webhook",
  "twilio-sms",
  "telegram",
  "messenger",
  "instagram",
  "whatsapp",
  "slack",
  "line",
] as const;
