// The look of the pages: one sheet inside each page, named by its hash in the policy, light and dark, without a script of its own.
import { createHash } from "node:crypto";
import type { PageColours } from "./appearance.ts";
import { Html } from "./html.ts";

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f7; --sheet: #fff; --ink: #1b1f24; --soft: #57606a; --line: #8c959f; --accent: #0a58ca; --on-accent: #fff; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --sheet: #161b22; --ink: #e6edf3; --soft: #9da7b3; --line: #6e7681; --accent: #6cb0ff; --on-accent: #0d1117; --wrong: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(26rem, calc(100vw - 2rem)); margin: 2rem 0; padding: 2rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: 0 0 1rem; } ul { margin: 0 0 1rem; padding-left: 1.25rem; }
.service { margin: 0 0 .25rem; color: var(--soft); font-size: .9rem; }
.logo { display: block; max-width: 100%; max-height: 4rem; margin: 0 0 1rem; }
.hint { color: var(--soft); font-size: .9rem; margin: .25rem 0 0; }
.wrong { color: var(--wrong); border-left: .25rem solid var(--wrong); padding: .25rem .75rem; margin: 0 0 1rem; }
.field { margin: 0 0 1rem; } label { display: block; font-weight: 600; margin: 0 0 .25rem; }
input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem; }
button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer; }
button.plain { color: var(--ink); background: transparent; border-color: var(--line); margin-top: .75rem; }
a { color: var(--accent); } :focus-visible { outline: .2rem solid var(--accent); outline-offset: .15rem; }
[hidden] { display: none !important; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; } h2 + nav { margin-top: 0; }
button.small { width: auto; white-space: nowrap; padding: .3rem .7rem; font-size: .9rem; color: var(--wrong); background: transparent; border-color: var(--wrong); }
button.danger { background: var(--wrong); border-color: var(--wrong); }
.done { border-left: .25rem solid var(--accent); padding: .25rem .75rem; }
.or { text-align: center; color: var(--soft); margin: 1rem 0; }
.list { list-style: none; padding: 0; } .list > li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.scopes { margin: .25rem 0; font-size: .9rem; } .codes { list-style: none; text-align: center; padding: 1rem; border: 1px solid var(--line); border-radius: .4rem; } .codes li { padding: .15rem 0; }
.qr { background: #fff; padding: .5rem; border-radius: .4rem; margin: 0 auto 1rem; max-width: 15rem; } .qr svg { display: block; width: 100%; }
.key { overflow-wrap: anywhere; text-align: center; } details { margin: 0 0 1rem; font-size: .9rem; } summary { cursor: pointer; }
nav { margin: 1.25rem 0 0; display: flex; justify-content: space-between; gap: 1rem; font-size: .95rem; flex-wrap: wrap; }
`;

/** A sheet as it stands in a page. */
export interface Style {
  /** The element byte for byte: its hash is what the policy names. */
  readonly element: Html;
  readonly source: string;
}

function styleOf(text: string): Style {
  const source = `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return { element: new Html(`<style>${text}</style>`), source };
}

const OWN_STYLE = styleOf(STYLE);

/** With the owner's colours, which were judged where they were written. */
export function styleWith(colours: PageColours | undefined): Style {
  if (colours === undefined) return OWN_STYLE;
  const { light, dark } = colours;
  return styleOf(
    `${STYLE}:root { --accent: ${light}; }\n@media (prefers-color-scheme: dark) { :root { --accent: ${dark}; } }\n`,
  );
}
