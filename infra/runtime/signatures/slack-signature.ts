import { createHmac } from "node:crypto";
import { isEqual } from "./is-equal.ts";

/*
 * Slack's scheme: `X-Slack-Signature: v0=` and the hexadecimal HMAC-SHA256(signing secret, `v0:{timestamp}:{raw body}`), where the
 * timestamp is the header X-Slack-Request-Timestamp. Slack's own package accepts timestamps in the future, which allow a replay later. Here
 * both directions are limited.
 */

/** The largest difference between a signed timestamp and our clock, in seconds, in both directions. */
const TOLERANCE_SECONDS = 300;

export type SlackVerdict =
  | { ok: true; secretIndex: number }
  | {
      ok: false;
      code: "signature_missing" | "signature_invalid" | "timestamp_out_of_window" | "header_repeated";
      detail: string;
    };

export interface SlackSigned {
  /** The text of the header: Unix time in seconds. */
  timestamp: string;
  rawBody: Buffer;
}

/** Verifies with any of the signing secrets. `secretIndex` is the one that matched. */
export function verifySlackSignature(request: {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Buffer;
  secrets: readonly string[];
  now: Date;
}): SlackVerdict {
  const { headers, rawBody, secrets, now } = request;
  const timestamp = headers["x-slack-request-timestamp"];
  const signature = headers["x-slack-signature"];
  if (Array.isArray(timestamp) || Array.isArray(signature))
    return createRefusal(
      "header_repeated",
      "X-Slack-Signature and X-Slack-Request-Timestamp must not be repeated.",
    );
  if (!timestamp || !signature)
    return createRefusal(
      "signature_missing",
      "The headers X-Slack-Signature and X-Slack-Request-Timestamp are required.",
    );
  const problem = findTimestampProblem(timestamp, now);
  if (problem !== null) return createRefusal("timestamp_out_of_window", problem);
  // With an empty secret, every caller could sign.
  const secretIndex = secrets.findIndex(
    (secret) => secret !== "" && isEqual(signSlackRequest({ timestamp, rawBody, secret }), signature),
  );
  if (secretIndex >= 0) return { ok: true, secretIndex };
  return createRefusal(
    "signature_invalid",
    "X-Slack-Signature does not match: check the signing secret, and that the raw bytes of the body arrive unchanged.",
  );
}

/** The value of X-Slack-Signature for one request, for the demo and the tests. */
export function signSlackRequest({ timestamp, rawBody, secret }: SlackSigned & { secret: string }): string {
  const hmac = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(rawBody);
  return `v0=${hmac.digest("hex")}`;
}

function findTimestampProblem(timestamp: string, now: Date): string | null {
  if (!/^[1-9]\d{0,11}$/.test(timestamp))
    return "X-Slack-Request-Timestamp must be Unix time in whole seconds.";
  const isClose = Math.abs(Math.floor(now.getTime() / 1000) - Number(timestamp)) <= TOLERANCE_SECONDS;
  return isClose ? null : `X-Slack-Request-Timestamp may differ from now by ${TOLERANCE_SECONDS} s at most.`;
}

function createRefusal(code: Extract<SlackVerdict, { ok: false }>["code"], detail: string): SlackVerdict {
  return { ok: false, code, detail };
}
