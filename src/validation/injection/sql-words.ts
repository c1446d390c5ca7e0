// Words and signs of SQL in all its dialects, by what may stand before and behind them.

export const LOGIC = new Set(["or", "and", "xor", "||", "&&", "|", "&", "having", "where", "div", "mod", "when"]);
export const COMPARING = new Set(
  [
    "=",
    "==",
    "<",
    ">",
    "<=",
    ">=",
    "<>",
    "!=",
    "<=>",
    "like",
    "rlike",
    "ilike",
    "regexp",
    "in",
    "between",
    "is",
  ].concat(["similar", "glob", "not", "sounds"]),
);
export const ARITHMETIC = new Set(["+", "-", "*", "/", "%", "^", "~", "||", "&&"]);
export const BEFORE_OPERAND = new Set(["not", "!", "-", "+", "~", "(", "binary", "distinct", "all", "any", "@"]);
export const ENDS = new Set([";", "limit", "order", "group", "union", "into", "for", "procedure", "or", "and"]);
export const LITERALS = new Set(["true", "false", "null", "current_user", "user", "rowid", "rownum"]);
export const SUBQUERY = new Set(["select", "exists", "case", "values", "table"]);
/** Functions that attacks need and prose does not have before a parenthesis. */
export const FUNCTIONS = new Set(
  [
    "sleep",
    "benchmark",
    "pg_sleep",
    "extractvalue",
    "updatexml",
    "load_file",
    "char",
    "chr",
    "ascii",
    "ord",
    "hex",
  ].concat(
    [
      "unhex",
      "concat",
      "concat_ws",
      "group_concat",
      "substr",
      "substring",
      "mid",
      "length",
      "char_length",
      "cast",
      "convert",
    ],
    [
      "version",
      "database",
      "user",
      "current_user",
      "system_user",
      "if",
      "ifnull",
      "isnull",
      "nullif",
      "coalesce",
      "elt",
    ],
    [
      "count",
      "exp",
      "floor",
      "rand",
      "md5",
      "sha1",
      "xmltype",
      "dbms_pipe",
      "utl_http",
      "utl_inaddr",
      "ctxsys",
      "sqlite_version",
    ],
    [
      "randomblob",
      "upper",
      "lower",
      "left",
      "right",
      "instr",
      "strcmp",
      "make_set",
      "json_extract",
      "xp_cmdshell",
      "openrowset",
    ],
  ),
);
/** Those that do something by themselves. */
export const ACTING = new Set([
  "sleep",
  "benchmark",
  "pg_sleep",
  "extractvalue",
  "updatexml",
  "load_file",
  "randomblob",
]);
/** What may stand behind each verb of a further statement; `undefined`: anything. */
export const STATEMENTS: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  drop: new Set(["table", "database", "view", "user", "index", "schema", "column", "procedure", "function", "trigger"]),
  create: new Set(["table", "user", "function", "database", "or", "alias", "trigger", "view", "role"]),
  alter: new Set(["table", "user", "database", "role", "login"]),
  delete: new Set(["from"]),
  insert: new Set(["into"]),
  replace: new Set(["into"]),
  truncate: new Set(["table"]),
  waitfor: new Set(["delay", "time"]),
  load: new Set(["data"]),
  attach: new Set(["database"]),
  grant: undefined,
  exec: undefined,
  execute: undefined,
  declare: undefined,
  merge: new Set(["into"]),
};
/** Words that may stand behind a value. */
export const CONTINUING: ReadonlySet<string> = new Set(
  [...LOGIC, ...COMPARING].concat([
    "union",
    "intersect",
    "except",
    "minus",
    "order",
    "group",
    "limit",
    "offset",
    "into",
    "procedure",
    "waitfor",
  ]),
);
