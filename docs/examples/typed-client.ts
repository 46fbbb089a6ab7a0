import createClient from "openapi-fetch";
import type { paths } from "./parley-api.d.ts";

const [, , baseUrl = "http://localhost:8080", key = ""] = process.argv;
const parley = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

const { data: page, error } = await parley.GET("/v1/conversations", { params: { query: { limit: 10 } } });
if (error !== undefined) throw new Error(`${error.code}: ${error.detail}`);
for (const { id, channel } of page.data) console.log(id, channel);

const [newest] = page.data;
if (newest !== undefined) {
  const { error: refusal } = await parley.POST("/v1/conversations/{conversation_id}/take-over", {
    params: { path: { conversation_id: newest.id } },
    body: { agent: "dana" },
  });
  console.log(refusal === undefined ? "dana has the conversation" : refusal.code);
}
