import type { GraphErrorClasses } from "./graph-call.ts";

/**
 * Classes of WhatsApp's error codes, in responses and in receipts. It is data, not logic. A code that is not listed is classified
 * by Graph's ranges and its HTTP status.
 */
export const WHATSAPP_ERROR_CLASSES: GraphErrorClasses = Object.freeze({
  1: "retry",
  2: "retry",
  131000: "retry",
  131016: "retry",
  4: "throttle",
  80007: "throttle",
  130429: "throttle",
  131048: "throttle",
  131056: "throttle",
  133016: "throttle",
  470: "window",
  131047: "window",
  131050: "optout",
  100: "permanent",
  130472: "permanent",
  131008: "permanent",
  131009: "permanent",
  131021: "permanent",
  // Not on WhatsApp, an old app, or a contact who blocked us. The code does not say which, so it is not an opt-out.
  131026: "permanent",
  131049: "permanent",
  131051: "permanent",
  131052: "permanent",
  131053: "permanent",
  131062: "permanent",
  132000: "permanent",
  132001: "permanent",
  132005: "permanent",
  132007: "permanent",
  132012: "permanent",
  132015: "permanent",
  132016: "permanent",
  0: "config",
  3: "config",
  10: "config",
  33: "config",
  // The number does not exist, or the token may not use it.
  "100/33": "config",
  190: "config",
  368: "config",
  131005: "config",
  131031: "config",
  131042: "config",
  // The number's name is not approved yet, its certificate is wrong, or it is not registered.
  131037: "config",
  131045: "config",
  133010: "config",
});
