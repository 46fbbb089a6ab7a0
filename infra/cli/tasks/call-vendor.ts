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
  /** Null where it is no JSON: a gateway in between may answer with a page of its own. */
  body: unknown;
}

/** One question to a vendor's API. Throws where no answer comes; what is thrown may hold the URL, so it is not for people. */
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
    return null;
  }
}
