import type { z } from "zod";
import { baseUrl, idList, millis } from "../runtime/config/setting-kinds.ts";

/** One environment variable of a channel. */
export interface ChannelField<Schema extends z.ZodType = z.ZodType, Required extends boolean = boolean> {
  schema: Schema;
  /** The channel has an account from the environment when all of its required settings are set. */
  required: Required;
  /** May come from a file (`NAME_FILE`) and is never shown. */
  secret?: true;
  /** A secret that this installation chooses, and the vendor only stores. `parley init` makes it. */
  isOwn?: true;
  /** This setting has no meaning without that other one. */
  needs?: string;
}

export type ChannelFields = Readonly<Record<string, ChannelField>>;
export type FieldName<Fields extends ChannelFields> = keyof Fields & string;

/** The parsed values, as `readAccount` gets them: required ones are never undefined. */
export type FieldValues<Fields extends ChannelFields> = {
  [Name in keyof Fields]: Fields[Name] extends ChannelField<infer Schema, infer Required>
    ? true extends Required
      ? Exclude<z.output<Schema>, undefined>
      : z.output<Schema>
    : never;
};

type Marks = Pick<ChannelField, "secret" | "isOwn" | "needs">;

export function requiredField<Schema extends z.ZodType>(
  schema: Schema,
  marks: Marks = {},
): ChannelField<z.ZodOptional<Schema>, true> {
  return { schema: schema.optional(), required: true, ...marks };
}

export function optionalField<Schema extends z.ZodType>(
  schema: Schema,
  marks: Marks = {},
): ChannelField<z.ZodOptional<Schema>, false> {
  return { schema: schema.optional(), required: false, ...marks };
}

/** The secret before the current one, accepted while it is being changed. */
export function previousSecret<Schema extends z.ZodType>(current: string, schema: Schema) {
  return optionalField(schema, { secret: true, needs: current });
}

/** Where the vendor's API is. Another URL is only for a fake. */
export function baseUrlField(url: string) {
  return { schema: baseUrl.default(url), required: false as const };
}

/** Replaces the channel's own quiet window, ms. */
export const quietWindowField = optionalField(millis(10_000));

/** The account's settings for what a quiet window field holds. */
export function toQuietWindow(quietWindowMs: number | undefined): { quietWindowMs?: number } {
  return quietWindowMs === undefined ? {} : { quietWindowMs };
}

/** The ids of the agents who write in channels and groups. */
export const agentIdsField = optionalField(idList);

/** The account's settings for a shared place: see `AccountSettings`. */
export function toSharedPlaceSettings(agents: string[] | undefined, name?: string) {
  return { ...(agents === undefined ? {} : { agents }), ...(name === undefined ? {} : { names: [name] }) };
}

/** The current secret first, then the one before, if there is one. */
export function listSecrets(current: string, previous: string | undefined): string[] {
  return previous === undefined ? [current] : [current, previous];
}
