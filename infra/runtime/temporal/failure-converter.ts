import { DefaultFailureConverter } from "@temporalio/common";

/** Encrypts messages and stack traces of failures too, because an error text may quote the data that caused it. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
