// One event as one aligned line for a person at a terminal.
import { cut, visible } from "./escaping.ts";
import type { EventView, Level } from "./sink.ts";

const METHOD_WIDTH = 6;
const PATH_WIDTH = 28;
const WHAT_WIDTH = 34;
const WHO_WIDTH = 18;
const ADDRESS_WIDTH = 15;
const DURATION_WIDTH = 8;
const REMARK_CHARACTERS_MAX = 120;
const TEXT_CHARACTERS_MAX = 512;

const RESET = "\u001b[0m";
const DIM = "\u001b[2m";
const COLOURS: Readonly<Record<Level, string>> = { info: "\u001b[32m", warn: "\u001b[33m", error: "\u001b[1;31m" };
const CYAN = "\u001b[36m";

/** `04:05:06 401 GET    /orders/7   authentication.token-expired   alice   127.0.0.1   3 ms  4f7c…` */
export function consoleLine(view: EventView, coloured: boolean): string {
  const time = timeOfDay(view.timeMs);
  if (view.kind === "system") {
    const line = `${view.level.padEnd(5)} ${visible(cut(view.message, TEXT_CHARACTERS_MAX))}  ${visible(view.action)}`;
    return coloured ? `${DIM}${time}${RESET} ${COLOURS[view.level]}${line}${RESET}` : `${time} ${line}`;
  }
  const status = view.status === 0 ? "---" : String(view.status).padStart(3, "0");
  const head = `${status} ${column(view.method, METHOD_WIDTH)} ${column(view.path, PATH_WIDTH)}`;
  const what = column(view.what, WHAT_WIDTH);
  const who = `${column(view.who === "" ? "-" : view.who, WHO_WIDTH)} ${column(view.address, ADDRESS_WIDTH)}`;
  const tail = `${duration(view.durationMs).padStart(DURATION_WIDTH)}  ${visible(view.id)}`;
  const remark = view.remark === "" ? "" : `  ${visible(cut(view.remark, REMARK_CHARACTERS_MAX))}`;
  if (!coloured) return `${time} ${head} ${what} ${who} ${tail}${remark}`;
  const colour = colourOf(view.level, view.status);
  return `${DIM}${time}${RESET} ${colour}${head} ${what}${RESET} ${who} ${DIM}${tail}${RESET}${remark}`;
}

function colourOf(level: Level, status: number): string {
  if (level !== "info") return COLOURS[level];
  return status >= 200 && status < 300 ? COLOURS.info : CYAN;
}

/** Filled up to the column's width; what is longer pushes the rest to the right, up to twice the width. */
function column(text: string, width: number): string {
  return cut(visible(text), width * 2).padEnd(width);
}

function duration(milliseconds: number): string {
  if (!(milliseconds >= 0)) return "-";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

let lastSecond = Number.NaN;
let lastText = "";

/** In the time zone of the terminal; the JSON has UTC. */
function timeOfDay(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastSecond) {
    const date = new Date(timeMs);
    lastText = [date.getHours(), date.getMinutes(), date.getSeconds()]
      .map((part) => String(part).padStart(2, "0"))
      .join(":");
    lastSecond = second;
  }
  return lastText;
}
