// The attacks on places that take texts, in their order: what only shows something first, what takes time last.
import type { Attack } from "./attack.ts";
import { command } from "./command.ts";
import { header } from "./header.ts";
import { html } from "./html.ts";
import { nosql } from "./nosql.ts";
import { pattern } from "./pattern.ts";
import { redirect } from "./redirect.ts";
import { serverRequest } from "./server-request.ts";
import { sql } from "./sql.ts";
import { template } from "./template.ts";
import { traversal } from "./traversal.ts";

export const ATTACKS: readonly Attack[] = [
  html,
  redirect,
  header,
  template,
  sql,
  nosql,
  traversal,
  serverRequest,
  command,
  pattern,
];
