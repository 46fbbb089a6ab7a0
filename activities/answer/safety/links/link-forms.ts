/** Forms of links that a pattern recognises alone. */

/** Signs that end an address in every messenger. */
export const REST = String.raw`[^\s<>"“”«»‹›„|{}\[\]^\u0060]*`;
export const WITH_SCHEME = new RegExp(
  String.raw`(?<![\w+.-])(?:[\w+.-]+\[?:\]?[/\\]{2,5}(?=[^\s/\\])|(?:https?|hxxps?|ftps?|wss?)\[?:\]?[/\\]{0,5}(?=[\p{L}\p{N}]))[^\s<>"“”«»„|{}\u0060]*`,
  "giu",
);
/** Schemes of apps without slashes. Words of ordinary texts, such as "maps:", need slashes to count. */
export const APP_SCHEME =
  /(?<![a-z0-9])(?:mailto|smsto|sms|mmsto|mms|callto|tel|facetime-audio|facetime|sips?|xmpp|magnet|bitcoin|ethereum|javascript|vbscript|view-source|blob|tg|ton|skype|itms-apps|itms|geo(?=:-?\d)|upi(?=:pay)|(?:lite|doge)coin|monero|solana|lightning|spotify(?=:\w+:)|about(?=:blank)|ms-(?:word|excel|powerpoint|settings)|data(?=:[\w.+-]+[/;,])):[^\s<>"“”«»„|{}`]+/giu;
/** Letters in place of digits, as iOS dials them: "1-900-FLOWERS". */
export const VANITY =
  /(?<![\w-])(?:\+?1[ .-])\(?(?:8(?:00|22|33|44|55|66|77|88)|900)\)?[ .-](?=[A-Z0-9-]{7,14}(?!\w))[A-Z0-9]{0,3}-?[A-Z][A-Z0-9-]*/g;
/** Slack makes names and groups of these. */
export const SLACK_MENTION = /<[@!#](?!--)[^<>\s]{1,200}>/g;
/** Telegram links names of at least four signs, Instagram also those that begin with a digit. */
export const HANDLE =
  /(?<![a-z0-9.@-])@(?!\d+(?:[a-z]{1,3})?(?!\w)|(?:home|work|noon|night|school|least|most|here|once)(?!\w))\w{4,32}(?!\w)/giu;
/** Annotations and rules of code. */
export const CODE_NAMES =
  /^@(?:override|deprecated|param|params|returns?|throws|example|media|import|charset|keyframes|supports|include|mixin|property|classmethod|staticmethod|dataclass|pytest|decorator|autowired|component|service|controller|entity|table|column|injectable|types?|internal|public|private|protected|abstract|interface|since|author|version|everyone|channel)$/i;
