import type { GraphErrorClasses } from "./graph-call.ts";

/**
 * Classes of the error codes of the Send API of Messenger and Instagram. It is data, not logic. A code that is not listed is
 * classified by Graph's ranges and its HTTP status.
 */
export const MESSENGER_ERROR_CLASSES: GraphErrorClasses = Object.freeze({
  1: "retry",
  "1/1357046": "retry",
  // Meta also sends this for a contact who blocked us, and then on every attempt.
  2: "retry",
  1200: "retry",
  4: "throttle",
  32: "throttle",
  613: "throttle",
  // Graph's limits by business use case, for Instagram and Messenger.
  80002: "throttle",
  80004: "throttle",
  80006: "throttle",
  "10/2018065": "window",
  "10/2018278": "window",
  "10/2534022": "window",
  100: "permanent",
  "100/2018001": "permanent",
  "any/2018108": "permanent",
  // The contact blocked us, left, or is hidden for some time. The code does not say which, so it is not an opt-out.
  551: "permanent",
  "any/1545041": "permanent",
  0: "config",
  3: "config",
  "1/99": "config",
  10: "config",
  // The page or account does not exist, or the token may not use it.
  "100/33": "config",
  190: "config",
  200: "config",
  230: "config",
  368: "config",
});
