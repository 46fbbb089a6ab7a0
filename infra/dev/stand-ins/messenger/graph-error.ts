import { jsonAnswer, type Answer } from "../server/answer.ts";

export interface GraphRefusal {
  status: number;
  code: number;
  subcode?: number;
  message: string;
}

/** An error in Graph's shape; the trace id is what Meta's support would ask for. */
export function graphError({ status, code, subcode, message }: GraphRefusal): Answer {
  const detail = subcode === undefined ? {} : { error_subcode: subcode };
  const error = { message, type: "OAuthException", code, ...detail, fbtrace_id: "AStandInTrace" };
  return jsonAnswer({ error }, status);
}

/** For a fault that names only a status: the code that Meta sends with it. */
export function graphStatusError(status: number): Answer {
  const code = status === 429 ? 613 : status === 401 ? 190 : status === 403 ? 200 : status >= 500 ? 2 : 100;
  return graphError({ status, code, message: "The stand-in was asked to fail." });
}
