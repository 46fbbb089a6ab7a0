import type { RefusalClass } from "../channel.ts";

/**
 * Classes of Twilio's error codes, in responses and in status callbacks. It is data, not logic: Twilio keeps splitting its codes. A
 * code that is not listed is classified by its HTTP status.
 */
export const TWILIO_ERROR_CLASSES: Readonly<Record<number, RefusalClass>> = Object.freeze({
  // WhatsApp's own service failed, or Twilio's connection to it.
  63010: "retry",
  63012: "retry",
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
  // A template's variable that is empty or cannot be read.
  21656: "permanent",
  // The address is not on WhatsApp.
  63003: "permanent",
  63005: "permanent",
  63013: "permanent",
  63021: "permanent",
  63024: "permanent",
  63030: "permanent",
  63032: "permanent",
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
  21609: "config",
  // The template belongs to another account, or was deleted.
  21655: "config",
  21659: "config",
  // A number for text messages cannot send to WhatsApp.
  21910: "config",
  63001: "config",
  63007: "config",
  63020: "config",
  // The template does not have this language or this number of variables.
  63027: "config",
  63028: "config",
  30002: "config",
  30034: "config",
});
