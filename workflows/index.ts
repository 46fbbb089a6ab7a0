export { event } from "./event.ts";
export { message } from "./message.ts";
export { handoff, repair, reply } from "./outbound.ts";
export { reindex } from "./reindex.ts";
