import { messagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { Vendor } from "./vendor.ts";

/** Direct messages to an Instagram account. */
export const instagram: Vendor = {
  address: SCOPED_ID,
  person: (number) => String(7_000_000_000_000_000 + number),
  answersGoTo: (config) => config.INSTAGRAM_BASE_URL,
  sign: (config, message) =>
    messagingPost(config, message, {
      object: "instagram",
      ownId: config.INSTAGRAM_ACCOUNT_ID,
      secret: config.INSTAGRAM_APP_SECRET,
    }),
};
