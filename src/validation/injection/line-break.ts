// Line breaks that would begin a field of an answer, a mail or a record (CWE-93, 113, 117).
import type { InjectionClass } from "./class.ts";

/** A parameter has one line. */
const FIELD = /[\r\n\u2028\u2029\u0085\u560d\u560a][\t ]*[a-z][a-z0-9-]{1,40} ?:|[\r\n]\s?HTTP\/\d|[\r\n]{2}\s?</i;
/** Texts have many lines: the first must be a word, and the second a field that does something. */
const EFFECTIVE =
  /^(?:[^\r\n\s]{0,63}[\w)\]}"'>/-])?[\r\n\u2028\u2029\u0085\u560d\u560a]+(?:set-cookie|location|content-length|transfer-encoding|content-type|content-disposition|refresh|link|host|access-control-[a-z-]{1,30}|x-[a-z-]{1,40}|bcc|cc|to|from|subject|reply-to) ?:|^[^\r\n\s]{1,64}[\r\n]+HTTP\/\d/i;

export const LINE_BREAK: InjectionClass = {
  name: "line-break",
  title: "a line break before a field",
  needs: "\r\n",
  orNeeds: /[\u2028\u2029\u0085\u560d\u560a]/,
  charactersMin: 4,
  detects: (text, place) => (place === "parameter" ? FIELD : EFFECTIVE).test(text),
};
