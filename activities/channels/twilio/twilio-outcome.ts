import { z } from "zod";
import type { EgressResponse } from "../../../infra/runtime/egress-guard.ts";
import type { RefusalClass, SendOutcome } from "../channel.ts";
import { retryAfterMs } from "../retry-after.ts";
import { parseTwilioJson } from "./twilio-json.ts";
import { TWILIO_ERROR_CLASSES } from "./twilio-error-classes.ts";

const MESSAGE = z.looseObject({ sid: z.string().min(1) });
const ERROR = z.looseObject({ code: z.number() });

/** What Twilio's answer to a send says. */
export function twilioOutcome({ status, headers, text }: EgressResponse, now: Date): SendOutcome {
  const answer = parseTwilioJson(text);
  if (status === 201 || status === 200) {
    const message = MESSAGE.safeParse(answer);
    return message.success
      ? { kind: "accepted", providerId: message.data.sid }
      : { kind: "unknown", code: "answer_unreadable" };
  }
  const error = ERROR.safeParse(answer);
  const code = error.success ? error.data.code : null;
  const known = code === null ? undefined : TWILIO_ERROR_CLASSES[code];
  return {
    kind: "refused",
    class: known ?? classOfStatus(status),
    code: code === null ? `http_${status}` : String(code),
    retryAfterMs: retryAfterMs(headers["retry-after"], now),
  };
}

/** What the code of a status callback means: whatever failed late and is not known is not sent again. */
export function classOfTwilioReceipt(code: string): RefusalClass {
  return TWILIO_ERROR_CLASSES[Number(code)] ?? "permanent";
}

function classOfStatus(status: number): RefusalClass {
  if (status === 429) return "throttle";
  if (status >= 500 || status === 408 || status === 425) return "retry";
  return status === 401 || status === 403 ? "config" : "permanent";
}
