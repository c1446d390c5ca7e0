// The parameter by which Rails, Laravel, Symfony and others take a POST for another method (G08), in the spellings that reach it.

/** Where it comes undeclared: in a query, a form, or JSON, whose names are read as they are. Slim writes it in capitals. */
export const METHOD_PARAMETERS: readonly string[] = ["_method", "_METHOD"];

/** PHP drops spaces before a name and writes a dot as `_`; who makes a list of `_method[]` may still read it as text. */
const SPELLINGS = /^ *[_.](?:method|METHOD)(?:\[|$)/;

/** Whether some reader takes a decoded name for that parameter. */
export function namesMethod(name: string): boolean {
  return SPELLINGS.test(name);
}
