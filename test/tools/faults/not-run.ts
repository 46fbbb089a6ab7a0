/** This machine cannot do what the campaign needs; the message says what is missing. It is never counted as passed. */
export class NotRun extends Error {
  override name = "NotRun";
}
