import { createMessagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { DemoVendor } from "./vendor.ts";

/** Messages to a Facebook page. */
export const messenger: DemoVendor = {
  address: SCOPED_ID,
  createAddress: (number) => String(6_000_000_000_000_000 + number),
  getReplyUrl: (config) => config.FACEBOOK_BASE_URL,
  sign: (config, message) =>
    createMessagingPost(config, message, {
      object: "page",
      ownId: config.FACEBOOK_PAGE_ID,
      secret: config.FACEBOOK_APP_SECRET,
    }),
};
