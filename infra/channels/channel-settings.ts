import type { ChannelField } from "./setting-fields.ts";
import { CHANNEL_DESCRIPTORS, type CHANNELS } from "./registry.ts";

type UnionToIntersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type Fields = UnionToIntersection<(typeof CHANNELS)[number]["settings"]>;
type Shape = { [Name in keyof Fields]: Fields[Name] extends ChannelField<infer Schema> ? Schema : never };
type SettingName = keyof Shape;

const FIELDS = new Map(CHANNEL_DESCRIPTORS.flatMap(({ settings }) => Object.entries(settings)));

/** One account per channel may be described by the environment. Others are created through the API. */
export const CHANNEL_SETTINGS = Object.fromEntries(
  [...FIELDS].map(([name, { schema }]) => [name, schema]),
) as unknown as Shape;

export const CHANNEL_SECRETS = [...FIELDS]
  .filter(([, { secret }]) => secret === true)
  .map(([name]) => name as SettingName);

/** The required settings of each channel: where one of a group is set, all have to be. Two channels may share a group. */
export const CHANNEL_GROUPS = [
  ...new Map(
    CHANNEL_DESCRIPTORS.map((channel) => [listRequired(channel).join(), listRequired(channel)]),
  ).values(),
].filter((group) => group.length > 0) as [SettingName, ...SettingName[]][];

/** Settings that have no meaning without another one. */
export const CHANNEL_DEPENDENCIES: Readonly<Record<string, string>> = Object.fromEntries(
  [...FIELDS].flatMap(([name, { needs }]) => (needs === undefined ? [] : [[name, needs]])),
);

export function listRequired({ settings }: { settings: Readonly<Record<string, ChannelField>> }): string[] {
  return Object.entries(settings)
    .filter(([, { required }]) => required)
    .map(([name]) => name);
}
