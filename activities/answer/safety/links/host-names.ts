import tlds from "tlds" with { type: "json" };

/** Names that no registry sells and that are still taken for hosts. `.example` and `.test` are those of the tests. */
const RESERVED = ["example", "test", "invalid", "local", "internal", "onion", "lan", "home", "corp", "arpa"];
/** The top-level domains of ICANN's tests. */
const IDN_TESTS = [
  "测试",
  "परीक्षा",
  "испытание",
  "테스트",
  "טעסט",
  "測試",
  "آزمایشی",
  "பரிட்சை",
  "δοκιμή",
  "إختبار",
  "テスト",
];
const TLDS: ReadonlySet<string> = new Set([...tlds, ...RESERVED, ...IDN_TESTS]);

/** Words of a sentence that are also top-level domains: "We are open today.It rains." */
const SENTENCE_WORDS = new Set(
  "it in so no is me be by my to at am as do us how here new now one you call free la de et es si un il im na se ma al".split(
    " ",
  ),
);
/** Endings that are sold most. In any notation they are a host's. */
const SOLD = new Set(
  "com net org info biz io co ai app dev xyz top site online shop store click link live club website space tech cloud example test local".split(
    " ",
  ),
);
/** Endings of files that are also top-level domains. */
const FILE_ENDINGS = new Set("md py sh rs pl ps so cc mk zip mov app tf vi la map ai ms gz java".split(" "));
/** Words that files are named with. A stem of one of them, or of several with hyphens between them, is a file's. */
const FILE_WORDS = new Set(
  "readme read me changelog change log license licence contributing security index main setup install uninstall config settings test tests util utils helper helpers app script scripts build run start stop deploy all server client api model models train training predict eval evaluate benchmark example examples sample samples demo note notes todo doc docs guide summary report reports backup archive photo photos image images file files data dataset document documents log logs export import invoice invoices download upload video clip movie attachment attachments package project source src release output input result results claude agent agents skill skills faq overview tutorial introduction quickstart getting started architecture roadmap authors init conftest manage lib make makefile plan spec draft final resume cv letter contract manual instructions template templates price list prices fetch parse parser extract convert clean process worker task tasks job jobs db database schema migrate migration seed debug chat bot my new old copy version".split(
    " ",
  ),
);
/** A path or scheme before a name makes it a host. */
const ADDRESS_BEFORE = /(?:[/\\]{2}|:[/\\])$/;
/** Properties of objects that are also top-level domains, without those that are sold for their looks. */
const PROPERTIES = new Set(
  "name id is as in to at it do run post info target next open call style map fit page data email date day time like text type all final read save select stat".split(
    " ",
  ),
);
const CODE_STEMS =
  /^(?:this|self|super|user|users|obj|object|item|items|e|ev|evt|event|err|error|res|resp|response|req|request|app|model|df|plt|np|pd|tf|os|sys|io|path|json|math|date|array|string|number|requests?|document|window|navigator|console|process|module|exports|tool|tools|block|content|message|messages|msg|node|client|server|file|files|input|output|result|results|data|row|col|table|form|field|config|settings|options|opts|params|args|ctx|context|state|props|session|conn|cursor|db|account|order|customer|product|chunk|delta|usage|batch|job|task|step|agent|thread|anthropic|openai|python|java|system|str|arr|list|dict|map|set|key|value|val|ref|el|elem|element|btn|img|div|source|target|parent|child|root|env|test|logger|log|http|https|url|uri|api|query|cmd|proc|thing|foo|bar|baz|x|y|i|a|b|n)$/i;
/** Names with a dot that are no hosts. */
const NAMES = /^(?:asp|ado|vb)\.net$|^[bmd]\.?(?:sc|tech|com|arch|phil|ed|eng)$|^socket\.io$/i;

/** The text around a name, by which a reader distinguishes it from a host. */
export interface NameContext {
  before: string;
  after: string;
}

/** The labels of the run that are a host's; null where the run is none. The run is labels with dots between them. */
export function findHost(run: string): string | null {
  const labels = run.split(".");
  if (/^www$/i.test(labels[0] ?? "")) return run;
  for (let last = labels.length - 1; last >= 1; last--) {
    if (!isTld(labels[last] ?? "") || /_/.test(labels[last - 1] ?? "")) continue;
    const next = labels[last + 1];
    // "evil.example.Click here": a sentence begins after the host.
    if (next === undefined || /^\p{Lu}/u.test(next)) return labels.slice(0, last + 1).join(".");
  }
  return null;
}

/** True for a file, two sentences without a space, or a name such as ASP.NET. `host` has neither path nor port. */
export function isOrdinaryName(host: string, context: NameContext): boolean {
  const labels = host.split(".");
  const ending = (labels.at(-1) ?? "").toLowerCase();
  if (ADDRESS_BEFORE.test(context.before)) return false;
  if (NAMES.test(host) || isSentenceEnd(labels, context)) return true;
  if (labels.length > 3) return false;
  const words = labels
    .slice(0, -1)
    .join("-")
    .toLowerCase()
    .split(/[-\d]+/);
  return FILE_ENDINGS.has(ending) && words.every((word) => word === "" || FILE_WORDS.has(word));
}

/** True for a property of a usual object, such as `user.name`. Only its place in code distinguishes it from a host. */
export function isPropertyName(host: string): boolean {
  const labels = host.split(".");
  return (
    PROPERTIES.has((labels.at(-1) ?? "").toLowerCase()) &&
    labels.slice(0, -1).every((label) => CODE_STEMS.test(label))
  );
}

export function isTld(label: string): boolean {
  return TLDS.has(label.toLowerCase()) || /^xn--[a-z0-9-]{2,59}$/i.test(label);
}

function isSentenceEnd(labels: readonly string[], { after }: NameContext): boolean {
  const last = labels.at(-1) ?? "";
  const word = last.toLowerCase();
  if (!/^(?:[\s,'’]|$)/.test(after)) return false;
  const isWord = SENTENCE_WORDS.has(word) || (word.length >= 4 && !SOLD.has(word));
  if (labels.length === 2)
    return (
      isWord &&
      /^\p{Lu}\p{Ll}*$/u.test(last) &&
      (/^(?:\p{Ll}|\d)+$/u.test(labels[0] ?? "") || /^(?:at|in|it|is|so|as|here|now)$/.test(word))
    );
  return SENTENCE_WORDS.has(word) && labels.slice(0, -1).every((label) => label.length === 1);
}
