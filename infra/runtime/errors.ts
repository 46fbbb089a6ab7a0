/** An error that the user can correct: one sentence with the problem and the remedy. Printed without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}
