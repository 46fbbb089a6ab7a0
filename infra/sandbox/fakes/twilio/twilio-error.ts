import { jsonResponse, type FakeResponse } from "../server/response.ts";

export interface TwilioRefusal {
  status: number;
  code: number;
  message: string;
}

export function twilioError({ status, code, message }: TwilioRefusal): FakeResponse {
  return jsonResponse(
    { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
    status,
  );
}

/** The error for a fault with only a status, with Twilio's code for it. */
export function twilioStatusError(status: number): FakeResponse {
  const code = status === 429 ? 20429 : status === 401 ? 20003 : 20000 + Math.min(status, 999);
  return twilioError({ status, code, message: "The fake was asked to fail." });
}
