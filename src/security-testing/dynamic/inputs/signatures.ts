// What software says of itself when it breaks: stacks, messages of databases, places of files (CWE-209).
import { jsonOf, type Reply } from "../wire.ts";

export interface Told {
  /** Completes "shows": `a stack trace`. */
  readonly what: string;
  readonly excerpt: string;
}

const DATABASES: readonly RegExp[] = [
  /SQLITE_(?:ERROR|CONSTRAINT|MISMATCH)|sqlite3?\.(?:Operational|Integrity|Programming)Error/,
  /near "[^"]{0,80}": syntax error|unrecognized token: "|\bno such (?:column|table|function): /,
  /\bQueryFailedError\b|\bSequelize\w*DatabaseError\b|\bPrismaClient\w+Error\b/,
  /You have an error in your SQL syntax|\bUnknown column '|com\.mysql\.|MySqlException|\bER_PARSE_ERROR\b/,
  /syntax error at or near "|\bcolumn "[^"]{0,80}" does not exist|unterminated quoted string|PG::\w*Error|psycopg2\.|org\.postgresql\./,
  /\bORA-\d{5}\b|\bSQLSTATE\[|JdbcSQL|java\.sql\.SQL/,
  /Unclosed quotation mark after|Incorrect syntax near|System\.Data\.SqlClient/,
  /\bMongo(?:Server)?Error\b|\bE11000 duplicate key|unknown operator: \$/,
];

const STACKS: readonly RegExp[] = [
  // V8, with and without a name.
  /\n\s+at (?:async )?(?:[\w$.<>[\] ]+ \()?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\n)]+:\d+:\d+/,
  /\n\s*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)/,
  /Traceback \(most recent call last\)|\n\s+File "[^"]+", line \d+/,
  /\n\s+at [\w.`<>]+\([^)\n]*\)(?: in [^\n]+:line \d+)/,
  /goroutine \d+ \[\w+\]|\.go:\d+ \+0x/,
  /\.rb:\d+:in [`']|#\d+ \/[^\s(]+\.php\(\d+\)| in \/[^\s:]+\.php on line \d+/,
];

const PLACES: readonly RegExp[] = [
  /(?:^|[\s"'(:])\/(?:home|usr|var|opt|srv|app|root|Users|work|workspace)\/[\w@./-]+\.(?:[cm]?[jt]s|py|php|rb|java|go|cs)\b/,
  /\bnode_modules\/[\w@./-]+/,
  /\b[A-Z]:\\(?:[\w .-]+\\)+[\w.-]+\.(?:cs|vb|js|ts|py|php|java)\b/,
];

export function databaseMessage(text: string): string | undefined {
  return firstMatch(DATABASES, text);
}

/** The gravest of what the text shows. */
export function told(text: string): Told | undefined {
  for (const [what, patterns] of [
    ["a stack trace", STACKS],
    ["a message of its database", DATABASES],
    ["where its files are", PLACES],
  ] as const) {
    const excerpt = firstMatch(patterns, text);
    if (excerpt !== undefined) return { what, excerpt };
  }
  return undefined;
}

const LOOKED_AT_MAX = 200_000;

/** The body as it stands and, of JSON, what its texts mean: line ends are escaped there. */
export function wordsOf(reply: Reply): string {
  const text = reply.body.subarray(0, LOOKED_AT_MAX).toString("utf8");
  const value = jsonOf(reply);
  if (value === undefined) return text;
  const texts: string[] = [];
  collect(value, texts, 0);
  return `${text}\n${texts.join("\n")}`;
}

const DEPTH_MAX = 20;

function collect(value: unknown, into: string[], depth: number): void {
  if (typeof value === "string") into.push(value);
  else if (typeof value === "object" && value !== null && depth < DEPTH_MAX)
    for (const member of Object.values(value)) collect(member, into, depth + 1);
}

function firstMatch(patterns: readonly RegExp[], text: string): string | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return match[0].trim().slice(0, 120);
  }
  return undefined;
}
