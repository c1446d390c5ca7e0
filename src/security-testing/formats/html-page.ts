// Look and behaviour of the HTML report: both stand in the page, and nothing is fetched.

export const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --text: #1f2328; --dim: #57606a; --back: #fff; --link: #0550ae;
  --critical: #82071e; --high: #b3261e; --medium: #7d4e00; --low: #0550ae; --info: #57606a; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #161b22; --text: #e6edf3; --dim: #9da7b3; --back: #0d1117; --link: #79c0ff;
  --critical: #ff9aa8; --high: #ff8a80; --medium: #f0b849; --low: #79c0ff; --info: #9da7b3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; margin: .4rem 0; }
.dim { color: var(--dim); }
.verdict { border-left: .35rem solid var(--low); padding: .25rem .75rem; font-weight: 600; }
.verdict.failed { border-color: var(--high); }
.verdict.unknown { border-color: var(--medium); }
fieldset { border: 1px solid var(--line); border-radius: 6px; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; margin: 1rem 0; padding: .5rem .75rem; }
legend { padding: 0 .25rem; color: var(--dim); }
label { display: inline-flex; gap: .35rem; align-items: center; min-height: 2rem; }
input[type=search], select { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--dim); border-radius: 6px; padding: .2rem .5rem; max-width: 100%; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
summary { cursor: pointer; padding: .45rem .75rem; overflow-wrap: anywhere; }
summary:hover { background: var(--soft); }
details > div { padding: 0 .75rem .6rem; border-top: 1px solid var(--line); }
.severity { display: inline-block; min-width: 4.5rem; margin-right: .5rem; font-weight: 600; }
.critical .severity { color: var(--critical); } .high .severity { color: var(--high); } .medium .severity { color: var(--medium); }
.low .severity { color: var(--low); } .info .severity { color: var(--info); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: .5rem 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
[hidden] { display: none !important; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .35rem; } }
@media print { fieldset { display: none; } }
`;

/** Hides what the filter does not let through, and says how much is left. Without it the page shows all. */
export const SCRIPT = `
const all = [...document.querySelectorAll("details[data-severity]")];
const filter = document.querySelector("fieldset");
const text = filter.querySelector("input[type=search]");
const kind = filter.querySelector("select[name=kind]");
const state = filter.querySelector("select[name=state]");
const count = document.querySelector("output");
function apply() {
  const wanted = new Set([...filter.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value));
  const words = text.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const one of all) {
    const { severity, kind: ofKind, state: ofState } = one.dataset;
    const said = one.textContent.toLowerCase();
    const fits = wanted.has(severity) && (kind.value === "" || kind.value === ofKind) && (state.value === "" || state.value === ofState) && words.every((word) => said.includes(word));
    one.hidden = !fits;
    if (fits) shown += 1;
  }
  count.textContent = shown + " of " + all.length + " shown";
}
filter.hidden = false;
filter.addEventListener("input", apply);
apply();
`;
