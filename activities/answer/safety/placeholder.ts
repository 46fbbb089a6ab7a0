/** `[[EMAIL_1]]`: the model sees it in place of a value. */
export const PLACEHOLDER = /\[\[[A-Z][A-Z_]{1,20}_\d{1,4}\]\]/;
