import { DefaultFailureConverter } from "@temporalio/common";

/** Encrypts messages and stack traces of failures too: an error text may quote what it stumbled over. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
