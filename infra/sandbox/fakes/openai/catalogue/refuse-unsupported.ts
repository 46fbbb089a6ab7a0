import { type CatalogueModel, FAKE_EFFORTS, type FakeEffort } from "./model-catalogue.ts";
import { OpenAiRefused } from "./openai-error.ts";

/** The arguments of a completion that a model may refuse. */
export interface ModelArguments {
  model: string;
  maxOutputTokens: number | null;
  effort: string | null;
  /** Names of the sampling settings in the request. */
  sampling: string[];
  /** Names of the arguments in this API. */
  names: { effort: string; limit: string };
}

const DEFAULT_EFFORT = "medium";

/** The effort of the call, or null for a model that does not reason. Throws OpenAI's 400 for what the model does not accept. */
export function refuseUnsupported(request: ModelArguments, model: CatalogueModel): FakeEffort | null {
  const { effort, sampling, names } = request;
  if (model.efforts.length === 0) {
    if (effort !== null) throw createUnsupportedError(names.effort);
    refuseLimit(request, model);
    return null;
  }
  const accepted = findEffort(request, model);
  const [setting] = sampling;
  if (setting !== undefined && accepted !== "none") throw createUnsupportedError(setting);
  if (names.limit === "max_tokens")
    throw createUnsupportedError("max_tokens", " Use 'max_completion_tokens' instead.");
  refuseLimit(request, model);
  return accepted;
}

function findEffort({ model, effort, names }: ModelArguments, { efforts }: CatalogueModel): FakeEffort {
  const wanted = effort ?? DEFAULT_EFFORT;
  const found = FAKE_EFFORTS.find((each) => each === wanted && efforts.includes(each));
  if (found !== undefined) return found;
  const listed = efforts.map((each) => `'${each}'`);
  throw new OpenAiRefused({
    status: 400,
    code: "unsupported_value",
    param: names.effort,
    message: `Unsupported value: '${wanted}' is not supported with the '${model}' model. Supported values are: ${listed.slice(0, -1).join(", ")}, and ${listed.at(-1)}.`,
  });
}

function refuseLimit({ maxOutputTokens, names }: ModelArguments, { outputTokens }: CatalogueModel): void {
  if (maxOutputTokens === null || maxOutputTokens <= outputTokens) return;
  throw new OpenAiRefused({
    status: 400,
    code: "invalid_value",
    param: names.limit,
    message: `${names.limit} is too large: ${maxOutputTokens}. This model supports at most ${outputTokens} completion tokens, whereas you provided ${maxOutputTokens}.`,
  });
}

function createUnsupportedError(param: string, hint = ""): OpenAiRefused {
  return new OpenAiRefused({
    status: 400,
    code: "unsupported_parameter",
    param,
    message: `Unsupported parameter: '${param}' is not supported with this model.${hint}`,
  });
}
