// Finds where JSON text stops being JSON: the messages of `JSON.parse` do not always say.

const TOKEN =
  /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** The offset of the first token that cannot stand where it stands; the end of the text where something is missing there. */
export function jsonFaultOffset(text: string): number {
  const open: string[] = [];
  /** What may come next: a value, a value or the end of an empty list, a key, a key or the end, a colon, a comma or the end. */
  let expected: "value" | "first-item" | "key" | "first-key" | "colon" | "comma" = "value";
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    let start = at;
    while (start < text.length && " \t\n\r".includes(text.charAt(start))) start += 1;
    if (match === null) return start;
    at = TOKEN.lastIndex;
    const mark = match[1];
    const isValuePlace = expected === "value" || expected === "first-item";
    if (mark === undefined) {
      const isString = (match[2] as string).startsWith('"');
      if (isString && (expected === "key" || expected === "first-key")) expected = "colon";
      else if (isValuePlace) expected = "comma";
      else return start;
    } else if ((mark === "{" || mark === "[") && isValuePlace) {
      open.push(mark);
      expected = mark === "{" ? "first-key" : "first-item";
    } else if (mark === ":" && expected === "colon") {
      expected = "value";
    } else if (mark === "," && expected === "comma" && open.length > 0) {
      expected = open.at(-1) === "{" ? "key" : "value";
    } else if (
      (mark === "}" && open.at(-1) === "{" && (expected === "comma" || expected === "first-key")) ||
      (mark === "]" && open.at(-1) === "[" && (expected === "comma" || expected === "first-item"))
    ) {
      open.pop();
      expected = "comma";
    } else {
      return start;
    }
  }
}
