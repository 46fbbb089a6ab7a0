import { CHANNEL_SETTINGS } from "../../../infra/channels/channel-settings.ts";
import { CHANNEL_DESCRIPTORS, findChannel } from "../../../infra/channels/registry.ts";
import { FAKE_NAMES } from "../../../infra/sandbox/fakes/registry.ts";
import { createVendorSettings, type FakeUrls } from "../../../infra/sandbox/vendor-settings.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const RANDOM = { base64: () => KEY, hex: () => "7".repeat(32) };
const FAKE_URLS = Object.fromEntries(FAKE_NAMES.map((name) => [name, `https://${name}.example`])) as FakeUrls;

/** Sound settings for every channel, previous secrets included. */
export const EVERY_CHANNEL: Readonly<Record<string, string>> = Object.freeze(createSettings());

function createSettings(): Record<string, string> {
  const made = CHANNEL_DESCRIPTORS.map(({ sandbox }) => sandbox?.createSecrets(RANDOM));
  const secrets = Object.assign({}, ...made) as Record<string, string>;
  const settings = createVendorSettings({}, secrets, FAKE_URLS);
  const all = Object.keys(CHANNEL_SETTINGS).flatMap((name) => {
    const value = settings[name] ?? settings[name.replace(/_PREVIOUS$/, "")];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(all) as Record<string, string>;
}

export interface SampleAccount {
  address: string;
  external_id?: string;
  secrets: Record<string, string>;
}

/** An account of this channel as the REST API takes it. */
export function sampleAccount(channel: string): SampleAccount {
  const descriptor = findChannel(channel);
  const account = descriptor?.readAccount(EVERY_CHANNEL, { publicBaseUrl: "https://chat.example.com" });
  if (account === undefined || account === null) throw new Error(`The sandbox has no account of ${channel}.`);
  const { inbound, outbound, handshake } = account.secrets;
  const secrets = { inbound: inbound[0], outbound: outbound[0], handshake };
  return {
    address: account.address,
    ...(account.externalId === null ? {} : { external_id: account.externalId }),
    secrets: Object.fromEntries(
      Object.entries(secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  };
}
