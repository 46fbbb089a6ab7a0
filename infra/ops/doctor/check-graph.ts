import { z } from "zod";
import type { Config } from "../../runtime/config.ts";
import { GRAPH_VERSION } from "../../runtime/graph-version.ts";
import { askVendor, type VendorAnswer } from "../ask-vendor.ts";
import { type Finding, notConfigured, type PartCheck } from "./part.ts";
import { missing, quoted, unexpected } from "./vendor-finding.ts";

/** One of Meta's products: whose id is asked for, with which token, and what it is called. */
interface Product {
  part: string;
  settings: string;
  id: "WHATSAPP_PHONE_NUMBER_ID" | "FACEBOOK_PAGE_ID" | "INSTAGRAM_ACCOUNT_ID";
  token: "WHATSAPP_ACCESS_TOKEN" | "FACEBOOK_PAGE_ACCESS_TOKEN" | "INSTAGRAM_ACCESS_TOKEN";
  base: "WHATSAPP_BASE_URL" | "FACEBOOK_BASE_URL" | "INSTAGRAM_BASE_URL";
  fields: string;
}

const PRODUCTS: readonly Product[] = [
  {
    part: "WhatsApp",
    settings: "WHATSAPP_*",
    id: "WHATSAPP_PHONE_NUMBER_ID",
    token: "WHATSAPP_ACCESS_TOKEN",
    base: "WHATSAPP_BASE_URL",
    fields: "id,display_phone_number,quality_rating",
  },
  {
    part: "Messenger",
    settings: "FACEBOOK_*",
    id: "FACEBOOK_PAGE_ID",
    token: "FACEBOOK_PAGE_ACCESS_TOKEN",
    base: "FACEBOOK_BASE_URL",
    fields: "id,name",
  },
  {
    part: "Instagram",
    settings: "INSTAGRAM_*",
    id: "INSTAGRAM_ACCOUNT_ID",
    token: "INSTAGRAM_ACCESS_TOKEN",
    base: "INSTAGRAM_BASE_URL",
    // Not `user_id`: a page's token is asked at another host, which does not know it.
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

/** Each token lets us at the number, page or account that the settings name. */
export function graphChecks(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): PartCheck[] {
  return PRODUCTS.map((product) => {
    const { [product.id]: id, [product.token]: token, [product.base]: base } = config;
    if (id === undefined || token === undefined) return notConfigured(product.part, product.settings);
    return {
      part: product.part,
      fix: `Check ${product.base} and that this machine may reach it.`,
      async check(signal) {
        const url = `${base}/${GRAPH_VERSION}/${id}?fields=${product.fields}`;
        const answer = await askVendor({ fetch, url, token, signal });
        const found = FOUND.safeParse(answer.body);
        return found.success ? judge(found.data, product) : refused(answer, product);
      },
    };
  });
}

function judge(found: z.infer<typeof FOUND>, { part }: Product): Finding {
  const name = found.display_phone_number ?? found.name ?? found.username ?? found.id;
  const isPoor = found.quality_rating === "RED";
  return {
    state: "ok",
    version: GRAPH_VERSION,
    detail: `The token works for ${quoted(name)}.`,
    fix: null,
    warnings: isPoor
      ? [`${part} rates the number RED: people block or report it, and Meta lowers its limits.`]
      : [],
  };
}

/** 190 is a token that is no token any more; 100/33 is an object that this token does not show; 10 and 2xx are permissions. */
function refused({ status, body }: VendorAnswer, { id, token }: Product): Finding {
  const error = ERROR.safeParse(body);
  if (!error.success) return unexpected(status);
  const { code, error_subcode: subcode } = error.data.error;
  if (code === 190)
    return missing(
      `The token was refused (${code}).`,
      `Set ${token} to a valid token; one of a system user does not run out.`,
    );
  if (code === 100 && subcode === 33)
    return missing(
      `The token does not show the object of ${id} (${code}/${subcode}).`,
      `Set ${id} and ${token} to those of one business, and give the token its permissions.`,
    );
  if (code === 10 || (code >= 200 && code <= 299))
    return missing(
      `The token lacks a permission (${code}).`,
      `Give ${token} the messaging permissions of its product.`,
    );
  return unexpected(status);
}
