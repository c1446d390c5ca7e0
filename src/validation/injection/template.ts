// Template and expression injection (CWE-1336, 917): an expression that computes or reaches out, in the marks of a template engine.
import type { InjectionClass } from "./class.ts";

/** Each pair of marks; what is between them is judged. Nothing is longer than this. */
const EXPRESSION =
  /\{\{([^{}]{1,400})\}\}|\{%([^%]{1,400})%\}|<%([^%]{1,400})%>|[$#@*~]\{([^{}]{1,400})\}|\$\{\{([^{}]{1,400})\}/g;
const EXPRESSIONS_MAX = 64;

/** Sums, since nobody needs the answer but who tries whether it is given. */
const SUM = /^[=\-\s(]*\d+(?:\s?[*+/-]\s?['"]?\d+['"]?)+[\s)|\w]*-?$/;
/** Names by which an expression leaves its template. */
const REACHES_OUT =
  /__\w+__|\bconstructor\b|\bprocess\b|\brequire\b|\bimport\b|\bgetclass\b|\bclass\.|\bforname\b|\bruntime\b|\bprocessbuilder\b|\bt\(|\bself\b|\b_self\b|\bconfig\b|\brequest[.[|]|\bsession[.[]|\bsystem\b|\bexec\w*\b|\bpopen\b|\beval\b|\bsubprocess\b|\bcycler\b|\blipsum\b|\bjoiner\b|\bglobals?\b|\benviron\b|\benv[.:]|\bfile\.|\bdir\.|\bobject[.(]|\bnew \w|\binclude\b|\bapp\.request\b|\bdump\(|\bphpinfo\b|\bregisterundefined\w*|\battr\(|\bdebug\b|`|\$_(?:get|post|server)|\bmain\b\.|\bthis\.constructor|\bimages\b\.|\bfetch\(|\bdocument\.cookie|\balert\(/i;
/** Look-ups of Log4j, however they are nested. */
const LOOKUP =
  /\$\{(?:jndi|(?:lower|upper|env|sys|java|date|main|ctx|bundle|k8s|docker|spring|web|map|event|base64)?:)/i;

export const TEMPLATE: InjectionClass = {
  name: "template",
  title: "a template expression",
  needs: "{<",
  charactersMin: 5,
  detects(text) {
    if (LOOKUP.test(text)) return true;
    let count = 0;
    EXPRESSION.lastIndex = 0;
    for (let found = EXPRESSION.exec(text); found !== null && count < EXPRESSIONS_MAX; found = EXPRESSION.exec(text)) {
      count += 1;
      const inner = (found[1] ?? found[2] ?? found[3] ?? found[4] ?? found[5] ?? "").trim();
      if (SUM.test(inner) || REACHES_OUT.test(inner)) return true;
    }
    return false;
  },
};
