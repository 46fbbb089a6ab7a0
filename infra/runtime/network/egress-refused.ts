/** The rules for a target, by the code of the one that forbids it. */
const TARGET_RULES = {
  not_a_url: "The target is not a URL.",
  not_https: "The target must be https.",
  has_credentials: "The target's URL must not contain credentials.",
  port_not_allowed: "The target's port must be 443 or 8443.",
  address_not_public: "The target's address is not on the public internet.",
  name_not_public: "The target's name does not resolve to the public internet.",
} as const;
type TargetRule = keyof typeof TARGET_RULES;

/** The target is not allowed. Nothing was sent. */
export class EgressRefused extends Error {
  override name = "EgressRefused";
  readonly code: TargetRule;
  constructor(code: TargetRule) {
    super(TARGET_RULES[code]);
    this.code = code;
  }
}

/** True for the code of a target that no attempt can pass until its URL or a setting changes. A name may resolve to another address later. */
export function isForbiddenTarget(code: string): boolean {
  return Object.hasOwn(TARGET_RULES, code) && code !== "name_not_public";
}
