import { type Connection, isGrpcServiceError } from "@temporalio/client";
import proto from "@temporalio/proto";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import { UserError } from "../../runtime/errors.ts";

type Client = Pick<Connection, "operatorService" | "workflowService">;

/** Statuses of gRPC. */
const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

/**
 * Adds the search attributes that are missing. Temporal Cloud denies the operator service, and so may other hosted servers: there an operator
 * has to add them. Returns what was found, for a report.
 */
export async function ensureSearchAttributes(client: Client, namespace: string): Promise<"exist" | "added"> {
  const known = await listSearchAttributes(client, namespace);
  const missing =
    known === null
      ? await findMissingByQuery(client, namespace)
      : SEARCH_ATTRIBUTES.filter((name) => !known.has(name));
  if (missing.length === 0) return "exist";
  if (known === null || !(await addSearchAttributes(client, namespace, missing)))
    throw new UserError(describeMissing(missing, namespace));
  return "added";
}

/** Null where the server does not allow this process to read them. */
export async function listSearchAttributes(
  { operatorService }: Client,
  namespace: string,
): Promise<Set<string> | null> {
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return new Set(Object.keys(customAttributes));
  } catch (error) {
    if (isDenied(error)) return null;
    throw error;
  }
}

/** The server refuses a query with a name that it does not know. A process that may start workflows may also count them. */
export async function findMissingByQuery({ workflowService }: Client, namespace: string): Promise<string[]> {
  const missing: string[] = [];
  for (const name of SEARCH_ATTRIBUTES) {
    try {
      await workflowService.countWorkflowExecutions({ namespace, query: `${name} = "parley-check"` });
    } catch (error) {
      if (statusOf(error) !== INVALID_ARGUMENT) throw error;
      missing.push(name);
    }
  }
  return missing;
}

export function describeMissing(missing: readonly string[], namespace: string): string {
  const options = missing.map((name) => `--search-attribute "${name}=Keyword"`).join(" ");
  return `The namespace ${namespace} lacks the search attributes ${missing.join(", ")}, and the server does not let Parley add them: add them with the type Keyword. For Temporal Cloud, run: tcld namespace search-attributes add --namespace ${namespace} ${options}`;
}

async function addSearchAttributes(
  { operatorService }: Client,
  namespace: string,
  names: readonly string[],
): Promise<boolean> {
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, keyword]));
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  }
}

function isDenied(error: unknown): boolean {
  const status = statusOf(error);
  return status === PERMISSION_DENIED || status === UNIMPLEMENTED;
}

function statusOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? error.code : null;
}
