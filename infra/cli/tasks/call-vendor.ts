export interface VendorCall {
  fetch: typeof globalThis.fetch;
  url: string;
  method?: "GET" | "POST";
  /** Sent as a bearer token. */
  token?: string;
  /** Sent as JSON. */
  fields?: object;
  signal: AbortSignal;
}

export interface VendorResponse {
  status: number;
  headers: Headers;
  /** Null if it is not JSON, for instance the error page of a gateway. */
  body: unknown;
}

/** One request to a vendor's API. Throws when there is no response. The error may contain the URL, so it must not be printed. */
export async function callVendor({
  fetch,
  url,
  method = "GET",
  token,
  fields,
  signal,
}: VendorCall): Promise<VendorResponse> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(fields === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    },
    ...(fields === undefined ? {} : { body: JSON.stringify(fields) }),
    redirect: "error",
    signal,
  });
  const { status, headers } = response;
  return { status, headers, body: parseJson(await response.text()) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not logged: the check shows the status of a response that is not JSON.
    return null;
  }
}
