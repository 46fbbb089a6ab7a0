import { z } from "zod";
import type { RouteTable, RoutedRequest } from "../server/route-table.ts";
import { telegramError, telegramResult } from "./telegram-response.ts";

const SETTINGS = z.looseObject({
  url: z.string(),
  secret_token: z.string().optional(),
  max_connections: z.coerce.number().int().min(1).max(100).default(40),
  allowed_updates: z.array(z.string()).optional(),
});
const SECRET_TOKEN = /^[\w-]{1,256}$/;

/** Sets and returns the webhook of each bot. The fake posts no updates, and forgets the webhooks with the process. */
export function createWebhookRoutes(): RouteTable {
  const settings = new Map<string, z.infer<typeof SETTINGS>>();
  const info = ({ params }: RoutedRequest) => {
    const set = settings.get(params.token ?? "");
    const { url = "", max_connections: connections, allowed_updates: updates } = set ?? {};
    const optional = { max_connections: connections, allowed_updates: updates };
    return telegramResult({ url, has_custom_certificate: false, pending_update_count: 0, ...optional });
  };
  return {
    "GET /bot{token}/getWebhookInfo": info,
    "POST /bot{token}/getWebhookInfo": info,
    "POST /bot{token}/setWebhook": ({ params, body }) => {
      const parsed = SETTINGS.safeParse(body);
      if (!parsed.success) return telegramError(400, "Bad Request: invalid webhook parameters specified");
      const { url, secret_token: secret } = parsed.data;
      if (url !== "" && !url.startsWith("https://"))
        return telegramError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
      if (secret !== undefined && !SECRET_TOKEN.test(secret))
        return telegramError(400, "Bad Request: secret token contains unallowed characters");
      settings.set(params.token ?? "", parsed.data);
      return telegramResult(true, url === "" ? "Webhook was deleted" : "Webhook was set");
    },
  };
}
