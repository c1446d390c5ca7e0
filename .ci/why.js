// Says of each check that failed why, from its log: first the lines that give a reason, wherever they stand, then the last ones.
import { readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Together with what count.js says the end has at most 80 lines. */
const MOST_LINES = 36;
const LAST_LINES = 3;
const MOST_OF_LINE = 240;

/** As the product, the compiler, the linters, npm, Node and this folder's own programs begin or mark a complaint. */
const REASON =
  /^\s*(error\b|fatal\b|FAILED\b|failed:|not ok\b|\[error\]|Unused |Unlisted |Unresolved |Duplicate |[A-Za-z]*Error\b)|\berror(?: TS\d+)?:|(?:^|\s)[×x✗✖]\s|\d:\d+\s+error\b|^npm (?:ERR!|error)|command not found|No such file/;
/** A finding on which the product's own gate closes, and where it is. */
const GRAVE = /^(critical|high) {2}\S/;

const [logs, ...names] = process.argv.slice(2);
const read = names.map((name) => ({ name, lines: linesOf(path.join(logs, `${name}.log`)) }));
const told = read.filter(({ lines }) => lines.length > 0).length;
const ofEach = told === 0 ? 0 : Math.floor((MOST_LINES - names.length) / told);
for (const { name, lines } of read) {
  process.stdout.write(`FAILED: ${name}\n`);
  for (const line of chosen(lines, ofEach)) process.stdout.write(`  ${line.slice(0, MOST_OF_LINE)}\n`);
}

/** None where it wrote no log: Vitest's own report says more. */
function linesOf(file) {
  try {
    return stripVTControlCharacters(readFileSync(file, "utf8"))
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== "");
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** In the order of the log. */
function chosen(lines, most) {
  const last = lines.map((_, index) => index).slice(-LAST_LINES);
  const reasons = lines.flatMap((line, index) =>
    REASON.test(line) ? [index] : GRAVE.test(line) ? [index, index + 1] : [],
  );
  const first = [...new Set(reasons)].filter((index) => index < lines.length - last.length);
  const left = first.length - (most - last.length);
  if (left > 0) {
    const kept = first.slice(0, most - last.length - 1).map((index) => lines[index]);
    return [...kept, `... and ${left + 1} more such lines`, ...last.map((index) => lines[index])];
  }
  // Where few lines say why, what stands before the end may.
  const filling = lines.map((_, index) => index).slice(-Math.max(LAST_LINES, Math.min(10, most - first.length)));
  return [...new Set([...first, ...filling])].toSorted((a, b) => a - b).map((index) => lines[index]);
}
