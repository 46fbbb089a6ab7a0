import { type Fault, type FaultRule, type FaultService, toFault } from "./fault.ts";

/** What a vendor's response says, without its words. */
export interface VendorRefusal {
  status: number;
  /** The vendor's own code, such as `model_not_found`. */
  code?: string | null;
  /** The argument that the vendor refuses. */
  param?: string | null;
}

/** The settings of a service, for its remedies. */
interface ServiceSettings {
  key: string;
  names: string;
  address: string;
}

const SETTINGS: Readonly<Record<"model" | "pinecone", ServiceSettings>> = {
  model: {
    key: "OPENAI_API_KEY",
    names: "PARLEY_MODEL_FULL, PARLEY_MODEL_SMALLER and PARLEY_EMBEDDING_MODEL",
    address: "OPENAI_BASE_URL",
  },
  pinecone: { key: "PINECONE_API_KEY", names: "PARLEY_PINECONE_INDEX", address: "PINECONE_CONTROLLER_HOST" },
};

/** Codes of a refused argument: OpenAI, Azure, and the validators of vLLM and LiteLLM. */
const ARGUMENT_CODES: ReadonlySet<string> = new Set([
  "unsupported_parameter",
  "unsupported_value",
  "unknown_parameter",
  "unrecognized_argument",
  "UnsupportedParamsError",
]);

/** Arguments that hold the words of a contact or of a document. */
const PROMPT_ARGUMENTS: ReadonlySet<string> = new Set(["messages", "input", "instructions"]);

/** True where the vendor refuses an argument that Parley sends with each call. */
export function isRefusedArgument({ status, code, param }: VendorRefusal): boolean {
  if (status !== 400 && status !== 422) return false;
  if (ARGUMENT_CODES.has(code ?? "")) return true;
  return param != null && !PROMPT_ARGUMENTS.has(param.split(/[.[]/)[0] ?? "");
}

/** The fault of a refused call to OpenAI, to a server that speaks its API, or to Pinecone. `subject` is the model or the index. */
export function classifyVendorRefusal(
  service: "model" | "pinecone",
  refusal: VendorRefusal,
  subject: string,
): Fault {
  const { status, code = null } = refusal;
  const native = code === null ? status : `${status} ${code}`;
  return toFault(service, ruleOf(service, refusal, subject), native);
}

function ruleOf(
  service: FaultService & ("model" | "pinecone"),
  refusal: VendorRefusal,
  subject: string,
): FaultRule {
  const { status, code = null, param = null } = refusal;
  const { key, names, address } = SETTINGS[service];
  const configuration = (what: string, cause: string, fix: string): FaultRule => ({
    kind: "configuration",
    what,
    cause,
    fix,
  });
  if (status === 402 || code === "insufficient_quota" || code === "billing_hard_limit_reached")
    return configuration(
      "quota_used_up",
      "The quota or the credit of the account is used up.",
      `Add credit to the account of ${key}.`,
    );
  if (status === 401)
    return configuration("key_refused", "The key was refused.", `Set ${key} to a valid key of this server.`);
  if (status === 403)
    return configuration(
      "permission_missing",
      `The key has no right to ${subject}.`,
      `Give the key in ${key} the right to this call, or use another key.`,
    );
  if (status === 404 || status === 405)
    return configuration(
      "not_found",
      `It does not know ${subject}, or has no such address.`,
      `Correct ${names}, or ${address}, which must end as the server's documentation says.`,
    );
  if (isRefusedArgument(refusal))
    return configuration(
      "argument_refused",
      `It refuses ${param === null ? "an argument" : `the argument ${param}`} for ${subject}.`,
      param === "dimensions"
        ? "Set PARLEY_EMBEDDING_DIMENSIONS to a length that the model has."
        : `Use another model in ${names}, or another PARLEY_MODEL_API.`,
    );
  if (status === 429 || status >= 500 || status === 408 || status === 409)
    return {
      kind: "outage",
      what: "unavailable",
      cause: "It does not work now.",
      fix: "Wait. Parley uses its fallbacks until then.",
    };
  return { kind: "input", what: "call_refused", cause: "It refused a call.", fix: "See the log." };
}
