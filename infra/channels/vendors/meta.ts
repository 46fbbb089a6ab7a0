import { z } from "zod";
import { listSecrets } from "../setting-fields.ts";

/** The shapes of the calls and the error codes are those of this version. Meta supports a version for about two years. */
export const GRAPH_VERSION = "v25.0";

export const digits = (what: string) => z.string().regex(/^\d{5,32}$/, `must be ${what}, digits only`);

/** Meta signs with the app secret, is called with a token and shows the verify token in its handshake. */
export function toMetaSecrets(given: {
  appSecret: string;
  previousAppSecret: string | undefined;
  accessToken: string;
  verifyToken: string;
}) {
  return {
    inbound: listSecrets(given.appSecret, given.previousAppSecret),
    outbound: [given.accessToken],
    handshake: given.verifyToken,
  };
}
