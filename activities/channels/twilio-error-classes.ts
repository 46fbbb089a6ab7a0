import type { RefusalClass } from "./channel.ts";

/**
 * Twilio's error codes by what they mean for the next step. Data, not logic: Twilio keeps splitting its codes. A code that is
 * not here is judged by its HTTP status.
 */
export const TWILIO_ERROR_CLASSES: Readonly<Record<number, RefusalClass>> = Object.freeze({
  20429: "throttle",
  63018: "throttle",
  30001: "throttle",
  21610: "optout",
  30004: "optout",
  63016: "window",
  21211: "permanent",
  21214: "permanent",
  21217: "permanent",
  21604: "permanent",
  21614: "permanent",
  21612: "permanent",
  21602: "permanent",
  21617: "permanent",
  21620: "permanent",
  63024: "permanent",
  30003: "permanent",
  30005: "permanent",
  30006: "permanent",
  30007: "permanent",
  30008: "permanent",
  20003: "config",
  21408: "config",
  21601: "config",
  21606: "config",
  21608: "config",
  21659: "config",
  30002: "config",
  30034: "config",
});
