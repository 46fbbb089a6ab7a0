import { createMessagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Direct messages to an Instagram account. */
export const instagramContacts: FakeContacts = {
  address: SCOPED_ID,
  createAddress: (number) => String(7_000_000_000_000_000 + number),
  signMessage: (config, message) =>
    createMessagingPost(config, message, {
      object: "instagram",
      ownId: config.INSTAGRAM_ACCOUNT_ID,
      secret: config.INSTAGRAM_APP_SECRET,
    }),
};
