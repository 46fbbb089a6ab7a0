import type { GraphErrorClasses } from "./graph-call.ts";

/**
 * Error codes of the Send API of Messenger and Instagram by what they mean for the next step. Data, not logic. A code that is not
 * here is judged by Graph's ranges and its HTTP status.
 */
export const MESSENGER_ERROR_CLASSES: GraphErrorClasses = Object.freeze({
  1: "retry",
  "1/1357046": "retry",
  // Also said where the person blocked us, and then again and again until the attempts are used up.
  2: "retry",
  1200: "retry",
  4: "throttle",
  32: "throttle",
  613: "throttle",
  // Graph's limits by business use case: Instagram, as the reference table has it, Messenger.
  80002: "throttle",
  80004: "throttle",
  80006: "throttle",
  "10/2018065": "window",
  "10/2018278": "window",
  "10/2534022": "window",
  100: "permanent",
  "100/2018001": "permanent",
  "any/2018108": "permanent",
  // Blocked us, left, or is hidden for a while: the code does not say which, so nobody is opted out by it.
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
