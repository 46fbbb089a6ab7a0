import { HttpError, postJson, request } from "./http.ts";
import type { WidgetStorage } from "./storage.ts";

interface SessionBody {
  token: string;
  conversation_id: string;
}

export interface SessionOptions {
  base: string;
  account: string;
  /** An address of the customer's backend that returns a session of a visitor who is signed in. */
  sessionUrl: string | undefined;
  storage: WidgetStorage;
}

/** One session for all requests of the page. It is opened at the first request, and again after it has ended. */
export function createSession({ base, account, sessionUrl, storage }: SessionOptions) {
  let session: Promise<SessionBody> | null = null;

  async function open(): Promise<SessionBody> {
    if (sessionUrl) {
      const response = await request(sessionUrl, { ...postJson({}), credentials: "same-origin" });
      return (await response.json()) as SessionBody;
    }
    const secret = storage.read("visitor");
    const body = typeof secret === "string" ? { visitor_secret: secret } : {};
    const response = await request(`${base}/web/${account}/sessions`, postJson(body));
    const opened = (await response.json()) as SessionBody & { visitor_secret: string };
    storage.write("visitor", opened.visitor_secret);
    return opened;
  }

  function get(): Promise<SessionBody> {
    session ??= open().catch((error: unknown) => {
      session = null;
      throw error;
    });
    return session;
  }

  return {
    /** A request about the conversation of this session. */
    async call(path: string, options: RequestInit = {}): Promise<Response> {
      const { token, conversation_id } = await get();
      const headers = new Headers(options.headers);
      headers.set("authorization", `Bearer ${token}`);
      try {
        return await request(`${base}/v1/conversations/${conversation_id}/${path}`, { ...options, headers });
      } catch (error) {
        if (error instanceof HttpError && error.status === 401) session = null;
        throw error;
      }
    },
    /** The next request opens a new one. */
    end(): void {
      session = null;
    },
  };
}

export type Session = ReturnType<typeof createSession>;
