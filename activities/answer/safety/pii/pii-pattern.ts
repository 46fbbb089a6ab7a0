export interface PiiPattern {
  kind: string;
  /** Takes linear time: only bounded repeats, none nested. */
  candidate: RegExp;
  /** `before` is the text before the candidate: the words before some numbers say what they are. */
  isValid?: (text: string, before: string) => boolean;
  /** Set if the candidate may extend into the next word: the longest valid run of whole groups counts. */
  inGroups?: true;
}
