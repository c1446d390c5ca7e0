// Cuts text into the tokens that SQL would see, however it is spaced, commented and written (MySQL, PostgreSQL, SQLite, SQL Server, Oracle).

export interface Token {
  /** `open`: a string that the text does not close. */
  readonly kind: "number" | "string" | "open" | "word" | "variable" | "sign" | "comment";
  /** In lower case; of strings and comments what is in them. */
  readonly text: string;
}

/** What follows the first few tokens changes nothing. */
const TOKENS_MAX = 64;

const SPACE = /[\s\u00a0\u0000]+/y;
const NUMBER = /(?:0x[0-9a-f]+|0b[01]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)/iy;
const WORD = /[a-z_\u00a1-\u1fff\u3001-\uffff][\w$\u00a1-\u1fff\u3001-\uffff]*/iy;
const VARIABLE = /@@?[\w.$]+/y;
const SIGN = /(?:<=>|<>|<=|>=|!=|==|\|\||&&|:=|!<|!>|[-+*/%=<>!~^|&(),;.[\]{}?:@\\])/y;

export function sqlTokens(text: string, from: number, tokensMax = TOKENS_MAX): Token[] {
  const tokens: Token[] = [];
  /** Inside of a comment that MySQL runs: its end is no token. */
  let runs = false;
  let at = from;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < text.length && tokens.length < tokensMax) {
    if (take(SPACE) !== undefined) continue;
    const char = text[at] as string;
    if (char === "#" || (char === "-" && text[at + 1] === "-")) {
      const end = text.indexOf("\n", at);
      const start = at + (char === "#" ? 1 : 2);
      // What a line comment hides from one line, the next one may go on with.
      tokens.push({ kind: "comment", text: `${char}${text.slice(start, end < 0 ? undefined : end)}` });
      if (end < 0) break;
      at = end;
    } else if (char === "/" && text[at + 1] === "*") {
      if (text[at + 2] === "!") {
        at += 3;
        take(NUMBER);
        runs = true;
        continue;
      }
      const end = text.indexOf("*/", at + 2);
      if (end < 0) {
        tokens.push({ kind: "comment", text: "/*" });
        break;
      }
      at = end + 2;
    } else if (runs && char === "*" && text[at + 1] === "/") {
      at += 2;
      runs = false;
    } else if (char === "'" || char === '"' || char === "`") {
      const end = text.indexOf(char, at + 1);
      tokens.push({ kind: end < 0 ? "open" : "string", text: text.slice(at + 1, end < 0 ? undefined : end) });
      if (end < 0) break;
      at = end + 1;
    } else {
      const [kind, found] = lexeme(take);
      if (found === undefined) at += 1;
      tokens.push({ kind, text: (found ?? char).toLowerCase() });
    }
  }
  return tokens;
}

function lexeme(take: (pattern: RegExp) => string | undefined): [Token["kind"], string | undefined] {
  const number = take(NUMBER);
  if (number !== undefined) return ["number", number];
  const word = take(WORD);
  if (word !== undefined) return ["word", word];
  const variable = take(VARIABLE);
  return variable === undefined ? ["sign", take(SIGN)] : ["variable", variable];
}
