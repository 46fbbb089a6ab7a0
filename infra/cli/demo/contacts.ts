import type { ChannelName } from "../../../db/tenants/channel-account.ts";
import { CHANNEL_NAMES } from "../../channels/registry.ts";
import type { FakeContacts } from "../../sandbox/fakes/contacts/fake-contacts.ts";
import { FAKE_DEFINITIONS } from "../../sandbox/fakes/registry.ts";
import { webContacts } from "./web-contacts.ts";

/** Who writes in the demo: the contacts of each fake, and the visitors of our own pages. */
const CONTACTS: ReadonlyMap<ChannelName, FakeContacts> = new Map([
  ...Object.values(FAKE_DEFINITIONS).flatMap(({ contacts = {} }) => Object.entries(contacts)),
  ["web", webContacts],
]);

export const DEMO_CHANNELS: readonly ChannelName[] = CHANNEL_NAMES.filter((name) => CONTACTS.has(name));

export function findContacts(channel: ChannelName): FakeContacts {
  const contacts = CONTACTS.get(channel);
  if (contacts === undefined) throw new Error(`No fake has contacts on the channel "${channel}".`);
  return contacts;
}
