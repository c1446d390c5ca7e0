// The same additions as an OpenAPI Overlay 1.0 document: for documents that are generated, or whose text has no place for them.
import { stringify } from "yaml";
import { type Addition, Additions } from "./additions.ts";

interface Action {
  readonly target: string;
  readonly description?: string;
  readonly update: unknown;
}

/** `extendsFile`: the document that it is for. `value`: what that document holds, to tell what is there already. */
export function overlay(extendsFile: string, value: unknown, additions: Additions): string {
  const actions: Action[] = [];
  collect("$", value, additions, actions);
  return stringify(
    {
      overlay: "1.0.0",
      info: { title: "Proposed by portcullis report", version: "1" },
      extends: extendsFile,
      actions,
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function collect(target: string, value: unknown, additions: Additions, actions: Action[]): void {
  for (const item of additions.items) actions.push(action(target, item.value, item.comment));
  for (const [key, inner] of additions.members) {
    const present = Object.hasOwn(value ?? {}, key) ? (value as Record<string, unknown>)[key] : undefined;
    if (present !== undefined && inner instanceof Additions) {
      collect(`${target}${step(key, Array.isArray(value))}`, present, inner, actions);
    } else {
      actions.push(action(target, { [key]: plain(inner) }, commentOf(inner)));
    }
  }
}

function action(target: string, update: unknown, description: string | undefined): Action {
  return { target, ...(description === undefined ? {} : { description }), update };
}

/** A member by its name in quotes (RFC 9535 2.3.1), an item by its place. */
function step(key: string, isItem: boolean): string {
  return isItem ? `[${key}]` : `['${key.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

function plain(added: Additions | Addition): unknown {
  if (!(added instanceof Additions)) return added.value;
  if (added.items.length > 0) return added.items.map((item) => item.value);
  return Object.fromEntries([...added.members].map(([key, inner]) => [key, plain(inner)]));
}

function commentOf(added: Additions | Addition): string | undefined {
  if (!(added instanceof Additions)) return added.comment;
  const inner = [...added.members.values(), ...added.items].map(commentOf).filter((text) => text !== undefined);
  return inner.length === 0 ? undefined : inner.join(" ");
}
