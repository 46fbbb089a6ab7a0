import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { ChannelKit } from "../channel-kit.ts";
import { channelKits } from "../kits/registry.ts";

/** Neither a channel of ours nor a module that describes one; the message says what would be. */
export class UnknownChannelError extends Error {
  override name = "UnknownChannel";
}

const FUNCTION = z.custom<(...args: never) => unknown>((value) => typeof value === "function", {
  error: "must be a function",
});
/** As much as can be seen from outside; what a function does is what the checks are for. */
const KIT = z.looseObject({
  name: z.string().min(1),
  inbound: z.looseObject({ verify: FUNCTION, parse: FUNCTION }),
  createOutbound: FUNCTION,
  accountAt: FUNCTION,
  secrets: z.object({ current: z.string(), previous: z.string(), foreign: z.string() }),
  contactAddress: z.string().min(1),
  requestOf: FUNCTION,
  signature: z.looseObject({ headers: z.array(z.string()), covers: z.looseObject({}) }),
  changes: z.array(z.string()),
  receiptStatuses: z.array(z.looseObject({ vendorStatus: z.string() })),
  openVendorFake: FUNCTION,
  errors: z.array(z.looseObject({ when: z.string() })),
  notOffered: z.record(z.string(), z.string().min(1)),
});

/** All kits of ours, the one of this name, or the one that a module exports as `kit`. */
export async function chooseKits(name: string | undefined): Promise<readonly ChannelKit[]> {
  if (name === undefined) return channelKits;
  if (name.includes("/") || /\.[cm]?[jt]s$/.test(name)) return [await kitOfModule(name)];
  const kit = channelKits.find((candidate) => candidate.name === name);
  if (kit !== undefined) return [kit];
  const known = channelKits.map((candidate) => candidate.name).join(", ");
  throw new UnknownChannelError(
    `There is no channel "${name}": give one of ${known}, or the path of a module.`,
  );
}

async function kitOfModule(path: string): Promise<ChannelKit> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UnknownChannelError(`There is no module at ${file}.`);
  const module = (await import(pathToFileURL(file).href)) as { kit?: unknown };
  if (module.kit === undefined)
    throw new UnknownChannelError(
      `${path} has no export named \`kit\`: docs/add-a-channel.md says what it holds.`,
    );
  const kit = KIT.safeParse(module.kit);
  if (kit.success) return module.kit as ChannelKit;
  const problems = kit.error.issues.map(({ path: place, message }) => `  kit.${place.join(".")}: ${message}`);
  throw new UnknownChannelError(`${path} describes no channel:\n${problems.join("\n")}`);
}
