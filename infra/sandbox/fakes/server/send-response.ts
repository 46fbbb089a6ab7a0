import type { ServerResponse } from "node:http";
import type { FakeResponse } from "./response.ts";

/** Writes the response. With `cutAfterBytes` it announces the full length and closes the connection after so many bytes of the body. */
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
  // The callback has an error if the caller closed the connection; then nothing is left to do.
  await new Promise<void>((resolve) => {
    response.write(piece, () => resolve());
  });
}

function cutOff(response: ServerResponse): void {
  // destroy() would drop bytes that are written but not sent, so the cut would be too early.
  response.socket?.destroySoon();
}
