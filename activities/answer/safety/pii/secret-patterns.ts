import type { PiiPattern } from "./pii-pattern.ts";

/** Credentials, by the forms that their issuers document and by the words before them. All take linear time: bounded repeats, none nested. */
export const SECRET_PATTERNS: readonly PiiPattern[] = [
  {
    kind: "PRIVATE_KEY",
    candidate:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,10000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    kind: "SECRET",
    candidate:
      /(?<![A-Za-z0-9])(?:sk-[\w-]{20,200}|[srp]k_(?:live|test)_[A-Za-z0-9]{8,200}|A[KSGIRN][IPDON][A-Z][0-9A-Z]{16}(?![0-9A-Za-z])|gh[pousr]_\w{20,255}|github_pat_\w{22,255}|glpat-[\w-]{20,60}|(?:xox[abceprs]|xapp)-[\w-]{10,200}|whsec_[\w+/=]{24,100}|AIza[\w-]{30,45}|ya29\.[\w-]{20,300}|SG\.[\w-]{16,32}\.[\w-]{16,64}|npm_[A-Za-z0-9]{30,40}|pypi-[\w-]{30,200}|hf_[A-Za-z0-9]{30,40}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dop_v1_[0-9a-f]{64}|EAA[A-Za-z0-9]{40,300}|(?:AC|SK)[0-9a-f]{32}(?![0-9a-f])|\d{8,10}:AA[\w-]{33}(?![\w-]))/g,
  },
  { kind: "SECRET", candidate: /\beyJ[\w-]{5,4000}\.[\w-]{5,8000}\.[\w-]{5,2000}(?:\.[\w-]{1,2000}){0,2}/g },
  {
    kind: "SECRET",
    candidate: /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{10,200}/g,
  },
  // A secret key of AWS is 40 signs of base64 and nothing else, so the word before it decides.
  {
    kind: "SECRET",
    candidate: /(?<=\b(?:aws|secret)[^\n]{0,40}[\s"'=:])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi,
  },
  {
    kind: "SECRET",
    candidate: /(?<=\b(?:bearer|basic)\s{1,3})(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{16,2000}={0,2}/gi,
  },
  {
    kind: "SECRET",
    candidate:
      /(?<=[?&#;](?:[\w-]{1,30}[_-])?(?:token|key|apikey|secret|password|passwd|pwd|pass|code|signature|sig|auth|session|sid|jwt|otp)=)[^\s&#"'<>]{4,1000}/gi,
  },
  // With a digit, so that "my password is wrong" stays.
  {
    kind: "SECRET",
    candidate:
      /(?<=\b(?:password|passwort|passwd|pwd|passcode|mot de passe|contraseña|wachtwoord|senha|пароль|api[ _-]?key|secret|token)\b["']?\s{0,2}(?:is|ist|=|:|est|es)\s{0,2}["']?)(?=[^\s"']{0,60}\d)[^\s"']{4,200}(?<![.,;!?)])/giu,
  },
  {
    kind: "CARD_CODE",
    candidate: /(?<=\b(?:cvv2?|cvc2?|cvn|card security code)[\s:=.-]{0,3}(?:is\s|ist\s)?)\d{3,4}(?!\d)/gi,
  },
  {
    kind: "URL_LOGIN",
    candidate: /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:[^\s/@]{1,100}@[^\s<>"']{1,300}/gi,
  },
  {
    kind: "URL_LOGIN",
    candidate:
      /(?<![\w/.:@-])(?!(?:e-?mail|mail|mailto|to|from|cc|bcc|contact|address|adresse|me|at|sip|xmpp|name|user|username|login)\s?:)[\w.+-]{2,64}:[^\s:@/,;]{3,100}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}(?::\d{1,5})?(?:\/[^\s<>"']{0,300})?/giu,
  },
];
