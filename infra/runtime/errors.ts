/** Something a person can mend: one sentence that says what is wrong and the way out. Shown without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}
