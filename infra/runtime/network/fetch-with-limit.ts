/*
 * The largest response body of each kind of vendor, in bytes. All calls of the product go through `createFetchWithLimit` or the egress
 * guard, so that no response fills the memory or keeps the event loop busy. `test/infra/runtime/network/response-limits.test.ts` checks it.
 */

/** A completion of 400 tokens with its prompt echoed is far below. */
export const MAX_COMPLETION_BYTES = 256 * 1024;
/** Matches and descriptions of indexes: a hundred ids with their scores. */
export const MAX_SEARCH_BYTES = 256 * 1024;
/** Up to 100 vectors of 3,072 numbers as text, with 24 bytes for each number. */
export const MAX_VECTORS_BYTES = 8 * 1024 * 1024;
/** Channels and receivers of webhooks: the egress guard reads the beginning and closes the connection. */
export const MAX_CHANNEL_BYTES = 64 * 1024;
/** What `doctor` and the set-up commands ask. OpenAI's list of models has about 20 KB. */
export const MAX_CHECK_BYTES = 1024 * 1024;

/** The body of a response is larger than any that the vendor has a reason to send. The connection is closed. */
export class ResponseTooLarge extends Error {
  override name = "ResponseTooLarge";
}

/** A `fetch` that reads a limited number of bytes, counted after decompression. Reading on then throws `ResponseTooLarge`. */
export function createFetchWithLimit(
  maxBytes: number | ((url: string) => number),
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    const url = input instanceof Request ? input.url : String(input);
    const limit = typeof maxBytes === "number" ? maxBytes : maxBytes(url);
    const { status, statusText, headers } = response;
    return new Response(limitBytes(response.body, limit), { status, statusText, headers });
  };
}

/** True if a limit ended the reading, also where a client wrapped the error. */
export function isResponseTooLarge(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof ResponseTooLarge || isResponseTooLarge(error.cause);
}

function limitBytes(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  let size = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        if (size > limit)
          controller.error(new ResponseTooLarge(`The response is larger than ${limit} bytes.`));
        else controller.enqueue(chunk);
      },
    }),
  );
}
