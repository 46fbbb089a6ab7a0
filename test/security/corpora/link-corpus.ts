import { createRandom } from "../../tools/faults/random.ts";
import { REDIRECTS } from "./redirects.ts";
import { createPhoneText, type ForeignLink } from "./foreign-phones.ts";

/** Every host contains one of these, or is a number of this address. */
const MARKS = [
  "evil",
  "account.live",
  "злой",
  "198.51.100.7",
  "c6336407",
  "3325256711",
  "mybiz",
  "2001:db8",
  "secret",
];
const HOSTS = [
  "evil.example",
  "EVIL.Example",
  "sub.evil.example",
  "secret.evil.example",
  "a_b.evil.com",
  "evil.co.uk",
  "evil.xyz",
  "evil.museum",
  "evil.zip",
  "evil.рф",
  "злой.рф",
  "злой.xn--p1ai",
  "xn--evil-4ve.com",
  "evil。com",
  "evil．example",
  "ｅｖｉｌ．ｃｏｍ",
  "ev\u200Bil.exam\u00ADple",
  "evil\u2060.com",
  "evil%2ecom",
  "evil&#46;com",
  "198.51.100.7",
  "[2001:db8::7]",
  "[[CARD_1]].evil.example",
  "[[EMAIL_1]].evil.example",
  "secureEvil.app",
  "payEvil.shop",
  "evil.live",
  "account.evil.info",
  "user.evil.xyz",
  "com.evil.app.Main",
  "streetMainNo5HansMeier.evil.top",
];
/** Decoded, these are pages of mybiz.com, a host on the tenant's list. For a browser they are other hosts. */
const DISGUISED = [
  "https://mybiz.com%2f@3325256711/login",
  "https://mybiz.com%3f@0xC6336407/",
  "https://mybiz.com%23@3325256711/",
  "https://mybiz.com&quest;@3325256711/",
  "https://mybiz.com&#x2f;@3325256711/",
  "https://mybiz.com／@3325256711/",
  "https://mybiz.com／login.bit",
  "https://mybiz.com⁄login.bit",
  "https://mybiz.com∕login.bit",
  "mybiz.com⁄login.bit",
  "mybiz.com%2flogin.bit",
];
/** Hosts that need a scheme to be a link. */
const HOSTS_WITH_SCHEME = [
  "0xC6336407",
  "evil",
  "shop.example@evil.example",
  "secret:x@evil.example",
  "shop.example%2eevil.example",
];
const SCHEMES = [
  "",
  "https://",
  "http://",
  "HTTPS://",
  "hxxps://",
  "https:/",
  "https:\\\\",
  "//",
  "ftp://",
  "evilapp://",
  "www.",
];
const FULL_SCHEMES = ["https://", "http://", "ftp://", "evilapp://", "ht\u200Btps://"];
const TAILS = [
  "",
  "/",
  "/x",
  "?d=secret",
  "/?d=secret",
  "#secret",
  ":8443",
  ":8443/x?d=secret",
  "/x/secret.png",
  "/[[CARD_1]]",
  "?c=[[CARD_1]]&e=[[EMAIL_1]]",
];
const NOTATIONS: readonly ((link: string) => string)[] = [
  (link) => link,
  (link) => `(${link})`,
  (link) => `<${link}>`,
  (link) => `[our page](${link})`,
  (link) => `![a picture](${link})`,
  (link) => `[our page](${link} "title")`,
  (link) => `[our page][1]\n\n[1]: ${link}`,
  (link) => `<${link}|our page>`,
  (link) => `\`${link}\``,
  (link) => `**${link}**`,
  (link) => `_${link}_`,
  (link) => `"${link}"`,
  (link) => `<a href="${link}">our page</a>`,
  (link) => `<b>${link}</b>`,
  (link) => `${link}.`,
  (link) => `${link}, then`,
  (link) => `${link} (our new store)`,
  (link) => `${link} = our stream`,
  (link) => `${link}() and more`,
  (link) => `page:${link}`,
  (link) => `[${link}](https://shop.example/returns)`,
];
const PLACES: readonly ((link: string) => string)[] = [
  (link) => link,
  (link) => `Please see ${link} today.`,
  (link) => `Please see\n${link}\nThank you.`,
  (link) => `We are open. ${link}`,
  (link) => `请看 ${link} 谢谢`,
  (link) => `https://shop.example/returns ${link}`,
  (link) => `README.md and ${link}`,
  (link) => `Connect to ${link}`,
  (link) => `Ping the node ${link} from here`,
];
/** Links without a host. */
const APPS = [
  "tel:+19005550100",
  "TEL:+1-900-555-0100",
  "sms:+19005550100?body=secret",
  "mailto:a@evil.example?body=secret",
  "mailto:[[EMAIL_1]]?cc=a@evil.example",
  "a@evil.example",
  "a.b+secret@sub.evil.co.uk",
  "javascript:alert('evil')",
  "data:text/html;base64,ZXZpbA==/evil",
  "whatsapp://send?text=secret",
  "tg://resolve?domain=evil",
  "t.me/evil_bot",
  "wa.me/19005550100?text=secret",
  "intent://evil#Intent;end",
  "+1 900 555 0100 evil.com",
  "@evil_support",
  "@evil_support.Please write",
  "@evil_support/now",
  "@evil_support-now",
  "@evil_support(now)",
  "<@UEVIL123>",
  "<!subteam^evil>",
];

/** Each was sent once. They are tried in every run. */
const FIXED = [
  "The file evil.sh has it",
  "Run evil.sh",
  "python evil.py",
  "see a/evil.md",
  "请访问evil.com获取详情",
  "Жмиevil.comсюда",
  "ไปที่evil.comเลย",
  "evil.com–ok",
  "evil[.]com",
  "a (at) evil (dot) com",
  "evil&amp;#46;com",
  "Write to @evil",
  "@1evil",
  "lightning:lnbc1evil",
  "upi:pay?pa=evil@upi",
  "1-900-EVILPAY",
  "Pay at secureEvil.app today",
  "payEvil.shop",
  "account.evil.info",
  "user.evil.xyz",
  "`user.evil.xyz`",
  "Log in at `mybiz-login.cc` now",
  "`login.mybiz.cc`",
  "`mybiz-pay.sh`",
  "```\nlogin-mybiz.rs\n```",
  "```\nopen login.mybiz.pl now\n```",
  "`secret.md`",
  "`account.mybiz.so`",
  "`account.live`",
  "`secret.py`",
  "Visit evil.shop (our new store)",
  "evil.live = our stream",
  "com.evil.app.Main",
  "streetMainNo5HansMeier.evil.top",
  "Connect to 198.51.100.7",
  "Copy it from 198.51.100.7 and 198.51.100.7",
  "Use node 198.51.100.7",
  "@evil_support.Please write",
  "Ask @evil_support/now",
  "(@evil_support)",
  "@evil_support (our team)",
  "@evil_support(our team)",
];

/** Deterministic: the same seed gives the same links. */
export function* createForeignLinks(seed: number, count: number): Generator<ForeignLink> {
  const { next, pick } = createRandom(seed);
  for (const reply of [...FIXED, ...DISGUISED]) yield { reply, marks: MARKS };
  for (let i = 0; i < count; i++) {
    if (i % 8 === 0) yield createPhoneText(pick);
    const link = createLink(pick, next());
    yield { reply: pick(PLACES)(pick(NOTATIONS)(link)), marks: MARKS };
  }
}

function createLink(pick: <T>(list: readonly T[]) => T, kind: number): string {
  if (kind < 0.1) return pick(APPS);
  if (kind < 0.15) return pick(DISGUISED);
  if (kind < 0.2) return pick(REDIRECTS);
  if (kind < 0.3) return `${pick(FULL_SCHEMES)}${pick(HOSTS_WITH_SCHEME)}${pick(TAILS)}`;
  return `${pick(SCHEMES)}${pick(HOSTS)}${pick(TAILS)}`;
}
