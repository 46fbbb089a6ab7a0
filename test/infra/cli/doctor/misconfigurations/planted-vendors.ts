import { onTestFinished } from "vitest";
import type { Installation } from "../../../../support/open-installation.ts";
import { openVendor, type PlantedResponse } from "./planted-servers.ts";

type Env = Record<string, string>;

/** The setting names a server of the test, which the egress guard permits. */
export async function withLocalVendor(
  parley: Installation,
  setting: string,
  respond: (path: string) => PlantedResponse,
): Promise<Env> {
  const url = await openVendor(respond);
  const hosts = [...parley.config.EGRESS_ALLOW_HOSTS, new URL(url).host].join(",");
  return { [setting]: url, EGRESS_ALLOW_HOSTS: hosts };
}

/** The fake of OpenAI refuses completions and embeddings. Its list of models works. */
export async function refuseModel(
  { openai }: Installation,
  { status, code }: { status: number; code: string },
): Promise<Env> {
  const body = JSON.stringify({
    error: { message: "No.", type: "invalid_request_error", code, param: null },
  });
  const refuse = (path: string) => ({ match: { path }, times: null, fault: { status, body } });
  openai.faults.replace([refuse("/v1/responses"), refuse("/v1/embeddings")]);
  onTestFinished(() => openai.faults.clear());
  return {};
}

/** The fake of Pinecone that the tests share must not fail, so a server of the test refuses in its place. */
export async function refusePinecone(parley: Installation, path: string, status: number): Promise<Env> {
  const real = parley.config.PINECONE_CONTROLLER_HOST ?? "";
  const index = await openVendor((called) =>
    path === "*" || called.startsWith(path)
      ? { status, body: {} }
      : { status: 200, body: { upsertedCount: 1 } },
  );
  if (path === "*") return { PINECONE_CONTROLLER_HOST: index };
  const description: unknown = await (
    await fetch(`${real}/indexes`, { headers: { "api-key": parley.config.PINECONE_API_KEY ?? "" } })
  ).json();
  const { indexes = [] } = description as { indexes?: { name: string }[] };
  const control = await openVendor((called) => {
    const found = indexes.find(({ name }) => called === `/indexes/${name}`);
    return found === undefined ? { status: 404, body: {} } : { status: 200, body: { ...found, host: index } };
  });
  return { PINECONE_CONTROLLER_HOST: control };
}
