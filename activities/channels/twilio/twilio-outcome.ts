import { z } from "zod";
import type { EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import type { RefusalClass, SendOutcome } from "../channel.ts";
import { classifyStatus, createRefusal, parseJson } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";
import { TWILIO_ERROR_CLASSES } from "./twilio-error-classes.ts";

const MESSAGE = z.looseObject({ sid: z.string().min(1) });
const ERROR = z.looseObject({ code: z.number() });

/** The outcome of a send by Twilio's response. */
export function toTwilioOutcome({ status, headers, text }: EgressResponse, now: Date): SendOutcome {
  const body = parseJson(text);
  if (status === 201 || status === 200) {
    const message = MESSAGE.safeParse(body);
    return message.success
      ? { kind: "accepted", providerId: message.data.sid }
      : { kind: "unknown", code: "response_unreadable" };
  }
  const error = ERROR.safeParse(body);
  const code = error.success ? error.data.code : null;
  const known = code === null ? undefined : TWILIO_ERROR_CLASSES[code];
  return createRefusal(
    known ?? classifyStatus(status),
    code === null ? `http_${status}` : String(code),
    parseRetryAfterMs(headers["retry-after"], now),
  );
}

/** The class of a status callback's code. A late failure with an unknown code is not sent again. */
export function classifyTwilioReceipt(code: string): RefusalClass {
  return TWILIO_ERROR_CLASSES[Number(code)] ?? "permanent";
}
