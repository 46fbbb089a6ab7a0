import { namePortals } from "./name-portals.ts";

// `node --import`: before the product loads.
namePortals();
