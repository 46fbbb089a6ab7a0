import type { ServerResponse } from "node:http";
import type { FakeResponse } from "./response.ts";

/** Writes the answer; with `cutAfterBytes` it announces the whole and breaks off after that much of the body. */
export async function sendResponse(
  response: ServerResponse,
  { status, headers = {}, body = "" }: FakeResponse,
  cutAfterBytes: number | null = null,
): Promise<void> {
  const pieces = (typeof body === "string" ? [body] : body).map((piece) => Buffer.from(piece));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const isStream = typeof body !== "string";
  const mayHaveBody = status !== 204 && status !== 304;
  response.writeHead(status, isStream || !mayHaveBody ? headers : { ...headers, "content-length": length });
  if (!mayHaveBody) {
    response.end();
    return;
  }
  let left = cutAfterBytes ?? Number.POSITIVE_INFINITY;
  response.flushHeaders();
  for (const piece of pieces) {
    await write(response, piece.subarray(0, left));
    left -= piece.length;
    if (left < 0) return cutOff(response);
  }
  response.end();
}

async function write(response: ServerResponse, piece: Buffer): Promise<void> {
  if (piece.length === 0) return;
  // The callback comes with an error when the caller has gone; there is nobody left to tell.
  await new Promise<void>((resolve) => {
    response.write(piece, () => resolve());
  });
}

function cutOff(response: ServerResponse): void {
  // Not destroy(): that would drop what is written but not sent, and the cut would come too early.
  response.socket?.destroySoon();
}
