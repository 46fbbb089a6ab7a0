import { z } from "zod";
import type { Config } from "../../../runtime/config/config.ts";
import { GRAPH_VERSION } from "../../../channels/vendors/meta.ts";
import { callVendor, type VendorResponse } from "../../tasks/call-vendor.ts";
import { type Check, createNotConfiguredCheck, type Finding, reportOk } from "../check.ts";
import { reportMissing, quoteVendor, describeUnexpected } from "./vendor-finding.ts";

/** One of Meta's products: its label, and the settings with its id, token and base URL. */
interface Product {
  label: string;
  settings: string;
  id: "WHATSAPP_PHONE_NUMBER_ID" | "FACEBOOK_PAGE_ID" | "INSTAGRAM_ACCOUNT_ID";
  token: "WHATSAPP_ACCESS_TOKEN" | "FACEBOOK_PAGE_ACCESS_TOKEN" | "INSTAGRAM_ACCESS_TOKEN";
  base: "WHATSAPP_BASE_URL" | "FACEBOOK_BASE_URL" | "INSTAGRAM_BASE_URL";
  /** The object that the token itself belongs to, where Graph names it; null: the object of the id. */
  path: "me" | null;
  fields: string;
  /** Used where Graph does not know one of the fields. */
  otherFields: string | null;
}

const PRODUCTS: readonly Product[] = [
  {
    label: "WhatsApp",
    settings: "WHATSAPP_*",
    id: "WHATSAPP_PHONE_NUMBER_ID",
    token: "WHATSAPP_ACCESS_TOKEN",
    base: "WHATSAPP_BASE_URL",
    path: null,
    fields: "id,display_phone_number,quality_rating",
    otherFields: null,
  },
  {
    label: "Messenger",
    settings: "FACEBOOK_*",
    id: "FACEBOOK_PAGE_ID",
    token: "FACEBOOK_PAGE_ACCESS_TOKEN",
    base: "FACEBOOK_BASE_URL",
    // The name of any public page can be read with any token.
    path: "me",
    fields: "id,name",
    otherFields: null,
  },
  {
    label: "Instagram",
    settings: "INSTAGRAM_*",
    id: "INSTAGRAM_ACCOUNT_ID",
    token: "INSTAGRAM_ACCESS_TOKEN",
    base: "INSTAGRAM_BASE_URL",
    path: null,
    // An account has two ids, and both can be read. The events name the account by `user_id`, which the token of a page does not know.
    fields: "id,user_id,username",
    otherFields: "id,username",
  },
];

const FOUND = z.looseObject({
  id: z.string(),
  user_id: z.union([z.string(), z.number().transform(String)]).optional(),
  display_phone_number: z.string().optional(),
  name: z.string().optional(),
  username: z.string().optional(),
  quality_rating: z.string().optional(),
});
const ERROR = z.looseObject({
  error: z.looseObject({ code: z.number(), error_subcode: z.number().optional() }),
});

/** Checks that each token gives access to the number, page or account of the settings. */
export function createGraphChecks(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check[] {
  return PRODUCTS.map((product) => {
    const { [product.id]: id, [product.token]: token, [product.base]: base } = config;
    if (id === undefined || token === undefined)
      return createNotConfiguredCheck(product.label, product.settings);
    return {
      name: product.label,
      service: "channel",
      fix: `Check ${product.base} and that this machine may reach it.`,
      async run(signal) {
        const read = async (fields: string) => {
          const url = `${base}/${GRAPH_VERSION}/${product.path ?? id}?fields=${fields}`;
          return await callVendor({ fetch, url, token, signal });
        };
        const first = await read(product.fields);
        const isRepeated = product.otherFields !== null && readCode(first) === "100";
        const response = isRepeated ? await read(product.otherFields ?? "") : first;
        const found = FOUND.safeParse(response.body);
        return found.success ? assess(found.data, product, id) : describeRefusal(response, product);
      },
    };
  });
}

function assess(
  found: z.infer<typeof FOUND>,
  { label, id: setting, token }: Product,
  configured: string,
): Finding {
  const own = found.user_id ?? found.id;
  if (own !== configured)
    return reportMissing(
      "other_id",
      `${setting} is not the id that ${label} uses in its events, so every event is ignored. The token belongs to ${own}.`,
      `Set ${setting} to ${own}, or ${token} to the token of the configured id.`,
    );
  const name = found.display_phone_number ?? found.name ?? found.username ?? found.id;
  const isPoor = found.quality_rating === "RED";
  return reportOk(`The token works for ${quoteVendor(name)}.`, {
    version: GRAPH_VERSION,
    warnings: isPoor
      ? [`${label} rates the number RED: recipients block or report it, and Meta lowers its limits.`]
      : [],
  });
}

/** The code of Graph, with its subcode. */
function readCode({ body }: VendorResponse): string | null {
  const error = ERROR.safeParse(body);
  if (!error.success) return null;
  const { code, error_subcode: subcode } = error.data.error;
  return subcode === undefined ? String(code) : `${code}/${subcode}`;
}

/**
 * 190: the token is invalid. 100/33: the token has no access to the object. 100: the object is of another kind. 10 and 200 to 299: a permission
 * is missing.
 */
function describeRefusal(response: VendorResponse, { label, id, token }: Product): Finding {
  const code = readCode(response);
  if (code?.split("/")[0] === "190")
    return reportMissing(
      "token_refused",
      `The token was refused (190).`,
      `Set ${token} to a valid token. The token of a system user does not expire.`,
    );
  if (code === "100/33")
    return reportMissing(
      "other_business",
      `The token has no access to the object of ${id} (${code}).`,
      `Set ${id} and ${token} to values of the same business, and give the token its permissions.`,
    );
  if (code === "100")
    return reportMissing(
      "other_id",
      `${id} is the id of another kind of object than ${label} needs (100).`,
      `Set ${id} to the id that the channel's page of docs/channels.md describes.`,
    );
  if (code !== null && /^(10|2\d\d)(\/|$)/.test(code))
    return reportMissing(
      "permission_missing",
      `The token lacks a permission (${code}).`,
      `Give ${token} the messaging permissions of its product.`,
    );
  return describeUnexpected(response.status);
}
