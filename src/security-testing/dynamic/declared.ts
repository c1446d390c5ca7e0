// Whether the document declares a path: what is looked for beside the operations must be none of them.
import type { ApiDescription } from "../../openapi/api-description.ts";
import { Matcher } from "../../openapi/matcher.ts";
import type { Operation } from "../../openapi/operation.ts";

const matchers = new WeakMap<ApiDescription, Matcher<Operation>>();

/** The operation that a request matches, or that a path matches by another method; undefined where none does. */
export function declaredAt(api: ApiDescription, method: string, path: string): Operation | "other-method" | undefined {
  let matcher = matchers.get(api);
  if (matcher === undefined) {
    const routes = api.operations.flatMap((value) =>
      value.templates.map((template) => ({ method: value.method, template, value })),
    );
    matcher = new Matcher(routes);
    matchers.set(api, matcher);
  }
  const found = matcher.match(method, path);
  if (found === undefined) return undefined;
  return "value" in found ? found.value : "other-method";
}

/** Whether an operation has that path by its parameters, as routers see it that do not let the literal come first. */
export function fitsParameters({ operations }: ApiDescription, method: string, path: string): boolean {
  const segments = path.split("/");
  return operations.some(
    (operation) => operation.method === method && operation.templates.some((template) => fits(template, segments)),
  );
}

function fits(template: string, segments: readonly string[]): boolean {
  const parts = template.split("/");
  return (
    parts.length === segments.length &&
    parts.every((part, i) => part === segments[i] || (part.includes("{") && segments[i] !== ""))
  );
}
