import { connectVectors, type Vectors } from "../../../db/knowledge/vectors.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";
import { NO_KEY } from "../../../infra/runtime/config/require-settings.ts";
import { classifyVendorRefusal } from "../../../infra/runtime/faults/vendor-faults.ts";
import type { Refusals } from "../watch-refusals.ts";

/** The key, the payment, and the rights of the key. */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403]);

/** The vector store by the settings of the installation. */
export function connectConfiguredVectors(config: Config, refusals?: Refusals): Vectors {
  return connectVectors({
    onResponse(call, status) {
      // A missing namespace is a 404 too, and no wrong setting.
      const isRefused = REFUSALS.has(status) || (status === 404 && call === "indexes");
      if (isRefused)
        refusals?.noteRefusal(`pinecone/${call}`, classifyVendorRefusal("pinecone", { status }, "the index"));
      else if (status < 300) refusals?.noteSuccess(`pinecone/${call}`);
    },
    apiKey: config.PINECONE_API_KEY ?? NO_KEY,
    controllerHost: config.PINECONE_CONTROLLER_HOST,
    cloud: config.PARLEY_PINECONE_CLOUD,
    region: config.PARLEY_PINECONE_REGION,
  });
}
