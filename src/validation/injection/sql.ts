// SQL injection (CWE-89): text that goes on as SQL once a quote or a number before it has ended.
import type { InjectionClass } from "./class.ts";
import {
  ACTING,
  ARITHMETIC,
  BEFORE_OPERAND,
  COMPARING,
  CONTINUING,
  ENDS,
  FUNCTIONS,
  LITERALS,
  LOGIC,
  STATEMENTS,
  SUBQUERY,
} from "./sql-words.ts";
import { sqlTokens, type Token } from "./sql-tokens.ts";

export const SQL: InjectionClass = {
  name: "sql",
  title: "SQL",
  needs: "'\"`;=(#*<>|&",
  // `1 union select`, `1 and sleep`.
  orNeeds: /^[\s(-]*\d[^]*[\s+]/,
  charactersMin: 3,
  detects(text) {
    if (breaksOut(text, "'") || breaksOut(text, '"')) return true;
    return beginsWithValue(sqlTokens(text, 0, GLANCE_TOKENS)) && goesOnAfterValue(sqlTokens(text, 0));
  },
};

/** The quote ends a string of the statement; what follows must then be SQL, from its first token on. */
function breaksOut(text: string, quote: string): boolean {
  const first = text.indexOf(quote);
  if (first < 0) return false;
  if (text[first + 1] === quote && goesOnAt(text, first + 2)) return true;
  return goesOnAt(text, first + 1) || isBareComparison(sqlTokens(text, first + 1, 3), first);
}

/** Most texts are told by their first tokens: behind the quote of `neighbour's` stands a word that no SQL has there. */
const GLANCE_TOKENS = 4;

function goesOnAt(text: string, from: number): boolean {
  let i = 0;
  const glance = sqlTokens(text, from, GLANCE_TOKENS);
  while (glance[i]?.text === ")") i += 1;
  const first = glance[i];
  if (
    first !== undefined &&
    (first.kind === "word" ? !CONTINUING.has(first.text) : !["sign", "comment"].includes(first.kind))
  )
    return false;
  return goesOn(sqlTokens(text, from), 0, true);
}

function beginsWithValue([first, second]: readonly Token[]): boolean {
  if (first?.kind !== "word") return first !== undefined;
  return first.text === "null" || ACTING.has(first.text) || [";", "union", "or", "and"].includes(second?.text ?? "");
}

/** `'='`, `'-'`, `a'+'b`: true for MySQL, and nothing that anybody writes without a word around it. */
function isBareComparison(tokens: readonly Token[], dataLength: number): boolean {
  if (tokens.length !== 2 || dataLength > 8) return false;
  const [operator, string] = tokens as [Token, Token];
  return string.kind === "open" && string.text.length < 8 && isOperator(operator.text) && operator.kind === "sign";
}

/** A number or a column before which nothing stands, and then SQL. Words begin sentences too: they need more. */
function goesOnAfterValue(tokens: readonly Token[]): boolean {
  let i = 0;
  while (tokens[i]?.text === "(" || tokens[i]?.text === "-" || tokens[i]?.text === ")") i += 1;
  const first = tokens[i];
  if (first === undefined) return false;
  if (first.kind === "word" && ACTING.has(first.text) && tokens[i + 1]?.text === "(") return true;
  if (i > 0 && first.text === "select")
    return hasSelection(tokens, i + 1) && tokens.some(({ text }) => text === "from" || text === ")");
  if (i > 0 && tokens[i - 1]?.text === ")" && goesOn(tokens, i, false)) return true;
  if (first.kind === "number" || first.kind === "variable" || first.text === "null")
    return goesOn(tokens, i + 1, false);
  if (first.kind !== "word" || SUBQUERY.has(first.text)) return false;
  const next = tokens[i + 1];
  if (next?.text === ";" || next?.text === "union") return goesOn(tokens, i + 1, false);
  return next !== undefined && (next.text === "or" || next.text === "and") && isTautology(tokens, i + 2);
}

function isTautology(tokens: readonly Token[], i: number): boolean {
  const [left, operator, right] = tokens.slice(i, i + 3);
  if (left === undefined || operator === undefined || right === undefined) return false;
  return (
    left.kind === right.kind && (left.kind === "number" || left.kind === "string") && operator.text.startsWith("=")
  );
}

/** Whether `tokens` from `i` on continue a condition that has just got its value. */
function goesOn(tokens: readonly Token[], start: number, wasQuoted: boolean): boolean {
  let i = start;
  while (tokens[i]?.text === ")") i += 1;
  const token = tokens[i];
  if (token === undefined) return false;
  if (token.kind === "comment") return (wasQuoted || i > start) && endsAll(token);
  const next = tokens[i + 1];
  switch (token.text) {
    case ";":
      return isStatement(tokens, i + 1, wasQuoted);
    case "union":
    case "intersect":
    case "except":
    case "minus":
      return hasUnion(tokens, i + 1);
    case "order":
    case "group":
      return next?.text === "by" && tokens[i + 2]?.kind === "number" && isEnd(tokens[i + 3]);
    case "limit":
    case "offset":
      return next?.kind === "number" && tokens.slice(i + 2).some(({ kind }) => kind === "comment");
    case "into":
      return next?.text === "outfile" || next?.text === "dumpfile";
    case "procedure":
      return next?.text === "analyse";
    case "waitfor":
      return next?.text === "delay";
    case ",":
      return wasQuoted && (closesValues(tokens, i) || tokens.slice(i, i + 4).some(({ text }) => text === "select"));
    default:
      break;
  }
  if (LOGIC.has(token.text) && isCondition(tokens, i + 1)) return true;
  return isOperator(token.text) && (isStrong(tokens, i + 1) || (wasQuoted && comparesAndEnds(tokens, i + 1)));
}

function isOperator(text: string): boolean {
  return COMPARING.has(text) || ARITHMETIC.has(text);
}

/** Comments that end a statement hold nothing: people write on behind a dash. */
function endsAll({ text }: Token): boolean {
  if (text === "/*") return true;
  return text.slice(1).trim().length <= (text.startsWith("#") ? 0 : 2);
}

function isEnd(token: Token | undefined): boolean {
  return (
    token === undefined || token.kind === "comment" || token.kind === "open" || token.text === ";" || token.text === ","
  );
}

/** `' = 0 --` */
function comparesAndEnds(tokens: readonly Token[], i: number): boolean {
  const operand = tokens[i];
  const after = tokens[i + 1];
  return operand?.kind === "number" && after?.kind === "comment" && endsAll(after);
}

/** `', 'admin', 1) --` */
function closesValues(tokens: readonly Token[], i: number): boolean {
  const comment = tokens.findIndex(({ kind }, at) => at > i && kind === "comment");
  if (comment < 0 || !endsAll(tokens[comment] as Token)) return false;
  return tokens.slice(i, comment).every(({ kind, text }) => kind !== "word" || LITERALS.has(text) || text === "now");
}

function hasUnion(tokens: readonly Token[], start: number): boolean {
  let i = start;
  while (["all", "distinct", "distinctrow", "("].includes(tokens[i]?.text ?? "")) i += 1;
  return (tokens[i]?.text === "select" && hasSelection(tokens, i + 1)) || tokens[i]?.text === "values";
}

/** A first column, and then what may follow one: no second word. */
function hasSelection(tokens: readonly Token[], start: number): boolean {
  let i = start;
  while (BEFORE_OPERAND.has(tokens[i]?.text ?? "") || tokens[i]?.text === "top") i += 1;
  const column = tokens[i];
  if (column === undefined) return false;
  if (column.text === "*" || column.kind === "number" || column.kind === "variable" || column.text === "null")
    return true;
  const after = tokens[i + 1];
  if (column.kind === "string" || column.kind === "open") return true;
  return after === undefined || isEnd(after) || ["(", "from", ")", "||", "."].includes(after.text);
}

function isStatement(tokens: readonly Token[], i: number, wasQuoted: boolean): boolean {
  const verb = tokens[i];
  const next = tokens[i + 1];
  if (verb === undefined) return false;
  if (verb.kind === "comment") return wasQuoted && endsAll(verb);
  if (verb.text === "select") return hasSelection(tokens, i + 1);
  if (verb.text === "update") return tokens[i + 2]?.text === "set";
  if (verb.text === "shutdown") return isEnd(next);
  if (verb.text === "declare") return next?.kind === "variable";
  if (verb.text === "exec" || verb.text === "execute")
    return next !== undefined && (next.kind === "word" || next.text === "(");
  if (!Object.hasOwn(STATEMENTS, verb.text) || next === undefined) return false;
  return STATEMENTS[verb.text]?.has(next.text) ?? wasQuoted;
}

/** What follows `or`: a value that ends or is compared. Prose goes on with another word. */
function isCondition(tokens: readonly Token[], start: number): boolean {
  if (isStrong(tokens, start)) return true;
  let i = start;
  while (BEFORE_OPERAND.has(tokens[i]?.text ?? "")) i += 1;
  const left = tokens[i];
  if (left === undefined || left.kind === "comment") return false;
  const isHard = left.kind !== "word" || LITERALS.has(left.text);
  if (left.kind === "sign") return false;
  i += 1;
  while (tokens[i]?.text === "." || (tokens[i - 1]?.text === "." && tokens[i]?.kind === "word")) i += 1;
  while (tokens[i]?.text === ")") i += 1;
  const operator = tokens[i];
  if (operator === undefined) return isHard && left.kind !== "open" && left.kind !== "string";
  if (operator.kind === "comment") return isHard ? true : endsAll(operator);
  if (ENDS.has(operator.text)) return isHard && left.kind !== "string";
  if (!isOperator(operator.text)) return false;
  if (isStrong(tokens, i + 1)) return true;
  let right = i + 1;
  while (BEFORE_OPERAND.has(tokens[right]?.text ?? "") || COMPARING.has(tokens[right]?.text ?? "")) right += 1;
  const operand = tokens[right];
  if (operand === undefined || operand.kind === "sign" || operand.kind === "comment") return false;
  return (
    operand.kind !== "word" || LITERALS.has(operand.text) || (isEnd(tokens[right + 1]) && operator.kind === "sign")
  );
}

/** A subquery, or a function of SQL with its parenthesis. */
function isStrong(tokens: readonly Token[], start: number): boolean {
  let i = start;
  while (BEFORE_OPERAND.has(tokens[i]?.text ?? "")) i += 1;
  const token = tokens[i];
  if (token === undefined || token.kind !== "word") return false;
  if (i > start && token.text === "select") return true;
  if (token.text === "exists" || token.text === "case")
    return tokens[i + 1]?.text === "(" || tokens[i + 1]?.text === "when";
  return FUNCTIONS.has(token.text) && (tokens[i + 1]?.text === "(" || tokens[i + 1]?.text === ".");
}
