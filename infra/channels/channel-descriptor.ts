import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { AccountRule } from "./account-kinds.ts";
import type { ChannelFields, FieldName, FieldValues } from "./setting-fields.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type ConfiguredAccount = Omit<ChannelAccount, "tenantId" | "accountId" | "channel">;

/** Makes values of the sandbox that no other installation has. */
export interface RandomValues {
  /** 32 bytes. */
  base64(): string;
  /** 16 bytes. */
  hex(): string;
}

/** How the sandbox replaces the vendor while the environment has no key for the real one. */
export interface SandboxValues<Fake extends string = string> {
  /** The fake that plays the vendor, as `infra/sandbox/fakes/registry.ts` names it. */
  fake: Fake;
  /** When the environment sets this one, the vendor is real and the sandbox leaves all of its settings alone. */
  realWith: string;
  /** Made once per data folder, because messages are signed and stored under them across restarts. */
  createSecrets(random: RandomValues): Record<string, string>;
  createSettings(fakeUrl: string, environment: Environment): Record<string, string>;
}

/** Everything about a channel that is neither its inbound nor its outbound half. All tables of channels are derived from it. */
export interface ChannelDescriptor<
  Name extends string = string,
  Fields extends ChannelFields = ChannelFields,
  HasWebhook extends boolean = boolean,
  Fake extends string = string,
> {
  /** The name in webhook paths, in `channel_accounts.channel` and in search attributes. */
  name: Name;
  /** False for web chat: its messages come from our own pages, and its replies go to a stream in our own database. */
  hasWebhook: HasWebhook;
  /** True where messages pass carriers, which prescribe words such as CANCEL and END. Elsewhere these are ordinary words. */
  hasCarrierWords: boolean;
  /**
   * True where the message ids are random or are numbered, so that they name no contact and may be part of a workflow id. Otherwise a
   * workflow id has a keyed hash.
   */
  messageIdsAreOpaque: boolean;
  /**
   * Characters of an inbound text that are stored and read. The rest of a longer text is dropped, and the contact is asked to write
   * less; the signed webhook refuses it. It is the vendor's own limit, or `LONGEST_TEXT` where the vendor allows more.
   */
  textLimit: number;
  /**
   * True if only the contact and the business can read this conversation. `thread` is the one of the inbound half, "" if it
   * gave none. The assistant uses what it knows from other conversations of a contact only here.
   */
  isDirect(thread: string): boolean;
  /** Settings of the environment, under the vendor's own names where it has some. */
  settings: Fields;
  /** The setting with the URL that replies go to, without a slash at the end; null where replies leave by no URL. */
  replyUrlSetting: string | null;
  account: AccountRule;
  /** The account that the environment describes, or null. Called only when all required settings are set. */
  readAccount(settings: FieldValues<Fields>, context: { publicBaseUrl: string }): ConfiguredAccount | null;
  sandbox: SandboxValues<Fake> | null;
}

/** About as much as the model gets of one turn: four pages. */
export const LONGEST_TEXT = 16_000;

/** Keeps the literal types of a descriptor, from which the types of the derived tables are made. */
export function defineChannel<
  const Name extends string,
  Fields extends ChannelFields,
  const HasWebhook extends boolean,
  const Fake extends string = never,
>(
  descriptor: ChannelDescriptor<Name, Fields, HasWebhook, Fake> & {
    replyUrlSetting: FieldName<Fields> | null;
  },
): ChannelDescriptor<Name, Fields, HasWebhook, Fake> {
  return descriptor;
}
