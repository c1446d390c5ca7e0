// What stays of a path when its parameters get other names: to rename one makes no other operation and no new flaw.
export function namelessTemplate(template: string): string {
  return template.replaceAll(/\{[^{}]*\}/g, "{}");
}

/** `path orderId` by its turn in the path; any other parameter as it is. */
export function namelessParameter(parameter: string, template: string): string {
  if (!parameter.startsWith("path ")) return parameter;
  const turn = [...template.matchAll(/\{([^{}]*)\}/g)].findIndex(([, name]) => parameter === `path ${name}`);
  return turn === -1 ? parameter : `path {${turn}}`;
}
