import { z } from "zod";
import type { Config } from "../../runtime/config/config.ts";
import { GRAPH_VERSION } from "../../channels/vendors/meta.ts";
import { callVendor, type VendorResponse } from "../tasks/call-vendor.ts";
import { type Finding, createNotConfiguredCheck, type Check } from "./check.ts";
import { reportMissing, quoteVendor, describeUnexpected } from "./vendor-finding.ts";

/** One of Meta's products: its label, and the settings with its id, token and base URL. */
interface Product {
  label: string;
  settings: string;
  id: "WHATSAPP_PHONE_NUMBER_ID" | "FACEBOOK_PAGE_ID" | "INSTAGRAM_ACCOUNT_ID";
  token: "WHATSAPP_ACCESS_TOKEN" | "FACEBOOK_PAGE_ACCESS_TOKEN" | "INSTAGRAM_ACCESS_TOKEN";
  base: "WHATSAPP_BASE_URL" | "FACEBOOK_BASE_URL" | "INSTAGRAM_BASE_URL";
  fields: string;
}

const PRODUCTS: readonly Product[] = [
  {
    label: "WhatsApp",
    settings: "WHATSAPP_*",
    id: "WHATSAPP_PHONE_NUMBER_ID",
    token: "WHATSAPP_ACCESS_TOKEN",
    base: "WHATSAPP_BASE_URL",
    fields: "id,display_phone_number,quality_rating",
  },
  {
    label: "Messenger",
    settings: "FACEBOOK_*",
    id: "FACEBOOK_PAGE_ID",
    token: "FACEBOOK_PAGE_ACCESS_TOKEN",
    base: "FACEBOOK_BASE_URL",
    fields: "id,name",
  },
  {
    label: "Instagram",
    settings: "INSTAGRAM_*",
    id: "INSTAGRAM_ACCOUNT_ID",
    token: "INSTAGRAM_ACCESS_TOKEN",
    base: "INSTAGRAM_BASE_URL",
    // `user_id` would fail for the token of a page, which belongs to another host.
    fields: "id,username",
  },
];

const FOUND = z.looseObject({
  id: z.string(),
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
      fix: `Check ${product.base} and that this machine may reach it.`,
      async run(signal) {
        const url = `${base}/${GRAPH_VERSION}/${id}?fields=${product.fields}`;
        const response = await callVendor({ fetch, url, token, signal });
        const found = FOUND.safeParse(response.body);
        return found.success ? assess(found.data, product) : describeRefusal(response, product);
      },
    };
  });
}

function assess(found: z.infer<typeof FOUND>, { label }: Product): Finding {
  const name = found.display_phone_number ?? found.name ?? found.username ?? found.id;
  const isPoor = found.quality_rating === "RED";
  return {
    state: "ok",
    version: GRAPH_VERSION,
    detail: `The token works for ${quoteVendor(name)}.`,
    fix: null,
    warnings: isPoor
      ? [`${label} rates the number RED: recipients block or report it, and Meta lowers its limits.`]
      : [],
  };
}

/** 190: the token is invalid. 100/33: the token has no access to the object. 10 and 200 to 299: a permission is missing. */
function describeRefusal({ status, body }: VendorResponse, { id, token }: Product): Finding {
  const error = ERROR.safeParse(body);
  if (!error.success) return describeUnexpected(status);
  const { code, error_subcode: subcode } = error.data.error;
  if (code === 190)
    return reportMissing(
      `The token was refused (${code}).`,
      `Set ${token} to a valid token. The token of a system user does not expire.`,
    );
  if (code === 100 && subcode === 33)
    return reportMissing(
      `The token has no access to the object of ${id} (${code}/${subcode}).`,
      `Set ${id} and ${token} to values of the same business, and give the token its permissions.`,
    );
  if (code === 10 || (code >= 200 && code <= 299))
    return reportMissing(
      `The token lacks a permission (${code}).`,
      `Give ${token} the messaging permissions of its product.`,
    );
  return describeUnexpected(status);
}
