import { z } from "zod";
import { text } from "../runtime/config/field-rules.ts";

/** The rules for the fields of one channel's accounts. They also hold for the account that the environment describes. */
export interface AccountRule {
  address: z.ZodType<string>;
  /** Set where the address is a URL that we call, so that the API also checks it against the rules for outgoing calls. */
  addressIsReplyUrl?: true;
  externalId: z.ZodType<string | null>;
  /** The current secrets by purpose. A secret that is not named here is rejected. */
  secrets: z.ZodObject;
}

const SECRET = text(2_000);

/** One secret for each direction. */
export const BOTH_SECRETS = z.strictObject({ inbound: SECRET, outbound: SECRET });
/** The same, with the token that the vendor shows in its handshake. */
export const SECRETS_WITH_HANDSHAKE = BOTH_SECRETS.extend({ handshake: SECRET });
