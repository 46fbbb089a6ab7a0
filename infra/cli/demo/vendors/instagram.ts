import { createMessagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { DemoVendor } from "./vendor.ts";

/** Direct messages to an Instagram account. */
export const instagram: DemoVendor = {
  address: SCOPED_ID,
  createAddress: (number) => String(7_000_000_000_000_000 + number),
  getReplyUrl: (config) => config.INSTAGRAM_BASE_URL,
  sign: (config, message) =>
    createMessagingPost(config, message, {
      object: "instagram",
      ownId: config.INSTAGRAM_ACCOUNT_ID,
      secret: config.INSTAGRAM_APP_SECRET,
    }),
};
